#include "agent/spool/foreign.h"

#include <memory>
#include <utility>
#include <vector>

#include "agent/spool/spool.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// The lock, and the runs of that device.
struct Held {
  std::unique_ptr<FileLock> lock;
  std::vector<SpooledRun> runs;
};

StatusOr<Held> HoldRunsOf(FileSystem& files, const std::string& directory,
                          const std::string& own_device, const std::string& device) {
  if (device == own_device) {
    return Error(StatusCode::kInvalidArgument,
                 Cat("'", device, "' is this device; name another one"));
  }
  Held held;
  GODWIT_ASSIGN_OR_RETURN(held.lock, files.Lock(Cat(directory, "/", kLockName)));
  GODWIT_ASSIGN_OR_RETURN(RecoveredSpool found, RecoverSpool(files, directory, own_device));
  std::string others;
  for (SpooledRun& run : found.runs) {
    if (run.device_id == device && !run.unread) {
      held.runs.push_back(std::move(run));
    } else if (run.foreign) {
      others += Cat(others.empty() ? "" : ", ", "'", run.device_id, "'");
    }
  }
  if (held.runs.empty()) {
    return Error(
        StatusCode::kNotFound,
        Cat("the spool has no segments of device '", device,
            others.empty() ? "', nor of any other device" : Cat("'; it has segments of ", others)));
  }
  return held;
}

}  // namespace

Status AdoptDevice(FileSystem& files, const std::string& directory, const std::string& own_device,
                   const std::string& device) {
  GODWIT_ASSIGN_OR_RETURN(const Held held, HoldRunsOf(files, directory, own_device, device));
  const std::string path = Cat(directory, "/", AdoptionFileName(device));
  // Whatever an adoption that was cut off has left goes.
  const std::string under_way = Cat(path, kAdoptionUnderWay);
  const Status removed = files.Remove(under_way);
  if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
  GODWIT_ASSIGN_OR_RETURN(const auto file, files.Create(under_way));
  GODWIT_RETURN_IF_ERROR(file->Append(device));
  GODWIT_RETURN_IF_ERROR(file->Sync());
  GODWIT_RETURN_IF_ERROR(file->RenameTo(path));
  return files.SyncDirectory(directory);
}

StatusOr<ByteCount> DropDevice(FileSystem& files, const std::string& directory,
                               const std::string& own_device, const std::string& device) {
  GODWIT_ASSIGN_OR_RETURN(const Held held, HoldRunsOf(files, directory, own_device, device));
  ByteCount bytes = 0;
  for (const SpooledRun& run : held.runs) {
    for (const auto& [key, segment] : run.segments) {
      GODWIT_RETURN_IF_ERROR(files.Remove(segment.path));
      bytes += segment.bytes;
    }
  }
  GODWIT_RETURN_IF_ERROR(files.SyncDirectory(directory));
  return bytes;
}

}  // namespace godwit::agent
