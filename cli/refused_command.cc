// `godwit device refused`: devices whose callers' certificates were not theirs.
#include <cstdio>
#include <string>

#include "cli/commands.h"
#include "cli/sample_rows.h"

namespace godwit::cli {
namespace {

std::string StateText(const v1::RefusedDevice& device) {
  if (device.identified_unix_ns() != 0) {
    return "identified since " + TimeText(device.identified_unix_ns());
  }
  return device.admitted() ? "taken, identity.mode is \"observe\"" : "refused";
}

Row RowOf(const v1::RefusedDevice& device) {
  const std::string certificate = device.certificate().empty() ? "none" : device.certificate();
  return {
      .fields = {{"device", device.device_id()},
                 {"certificate", device.certificate()},
                 {"address", device.address()},
                 {"reason", device.reason()},
                 {"admitted", device.admitted()},
                 {"calls", device.calls()},
                 {"last_unix_ns", device.last_unix_ns()},
                 {"identified_unix_ns", device.identified_unix_ns()}},
      .cells = {device.device_id(), certificate, device.address(), std::to_string(device.calls()),
                TimeText(device.last_unix_ns()), StateText(device)},
      .tones = {Tone::kPlain, Tone::kPlain, Tone::kPlain, Tone::kPlain, Tone::kPlain,
                device.identified_unix_ns() == 0 ? Tone::kBad : Tone::kPlain}};
}

}  // namespace

Status DeviceRefused(const Session& session, const Values&) {
  GODWIT_ASSIGN_OR_RETURN(const v1::ListRefusedDevicesResponse response,
                          session.client->ListRefusedDevices());
  RowWriter writer(stdout, session.format,
                   {.headings = {"DEVICE", "CERTIFICATE", "ADDRESS", "CALLS", "LAST", "STATE"}},
                   session.terminal);
  bool ok = true;
  for (const v1::RefusedDevice& device : response.devices()) {
    ok = ok && writer.Write(RowOf(device));
  }
  return writer.End() && ok ? absl::OkStatus() : OutputClosed();
}

}  // namespace godwit::cli
