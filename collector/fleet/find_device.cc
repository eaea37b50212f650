#include "collector/fleet/find_device.h"

#include <vector>

#include "base/text.h"

namespace godwit::collector {
namespace {

constexpr size_t kCandidatesNamed = 5;

}  // namespace

StatusOr<DeviceName> FindDevice(StoreReader& reader, const std::string& prefix) {
  GODWIT_ASSIGN_OR_RETURN(const auto devices, reader.DeviceNames());
  std::vector<DeviceName> found;
  std::vector<DeviceName> exact;
  for (const DeviceName& device : devices) {
    if (device.name == prefix || device.id == prefix) exact.push_back(device);
    if (device.name.starts_with(prefix) || device.id.starts_with(prefix)) found.push_back(device);
  }
  if (exact.size() == 1) return exact.front();
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return Error(StatusCode::kNotFound,
                 Cat("no device's name or id begins with '", prefix, "'; see: godwit device ls"));
  }
  std::string names;
  for (size_t i = 0; i < found.size() && i < kCandidatesNamed; ++i) {
    if (i > 0) names += ", ";
    names += Cat(found[i].name, " (", found[i].id.substr(0, 12), ")");
  }
  if (found.size() > kCandidatesNamed) names += ", …";
  return Error(StatusCode::kInvalidArgument,
               Cat("'", prefix, "' fits ", found.size(), " devices: ", names));
}

}  // namespace godwit::collector
