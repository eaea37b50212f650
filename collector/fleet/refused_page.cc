#include "collector/fleet/refused_page.h"

namespace godwit::collector {

void FillRefused(const std::vector<RefusedCaller>& callers,
                 v1::ListRefusedDevicesResponse& response) {
  for (const RefusedCaller& caller : callers) {
    v1::RefusedDevice& device = *response.add_devices();
    device.set_device_id(caller.device_id);
    device.set_certificate(caller.certificate);
    device.set_address(caller.address);
    device.set_reason(caller.reason);
    device.set_admitted(caller.admitted);
    device.set_calls(caller.calls);
    device.set_last_unix_ns(caller.last_unix_ns);
    device.set_identified_unix_ns(caller.identified_unix_ns);
  }
}

}  // namespace godwit::collector
