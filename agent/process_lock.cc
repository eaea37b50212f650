#include "agent/process_lock.h"

#include <utility>

#include "agent/spool/spool.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// OK, too, when the folder takes no lock for a reason of its own.
Status TakeIn(FileSystem& files, const std::string& folder, std::shared_ptr<FileLock>& lock) {
  const Status made = files.CreateDirectories(folder);
  auto taken = made.ok() ? files.Lock(Cat(folder, "/", kLockName)) : made;
  if (absl::IsUnavailable(taken.status())) return taken.status();
  if (taken.ok()) {
    lock = *std::move(taken);
  } else {
    LogDebug(Message(taken.status()));
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<ProcessLock> TakeProcessLock(FileSystem& files, const std::string& state,
                                      const std::string& spool) {
  ProcessLock lock;
  // The state first: agents that share it may have spools of their own, and the second of them
  // shall not make one.
  GODWIT_RETURN_IF_ERROR(TakeIn(files, state, lock.state));
  if (spool == state) {
    lock.spool = lock.state;
  } else {
    GODWIT_RETURN_IF_ERROR(TakeIn(files, spool, lock.spool));
  }
  return lock;
}

}  // namespace godwit::agent
