// Asks mounted file systems for their usage without being blocked by one that does not answer: a
// server that is gone, a dying disk. Such a call cannot be cancelled, nor its thread joined. So it
// is abandoned with its thread, and its mount is not asked again before that call has returned.
// There is one working thread, and one for each silent mount, at most kSilentMountsMax.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "platform/sensor_input.h"

namespace godwit {

class BlockingWorker;

struct MountPatience {
  absl::Duration one = kMountPatience;   // without any answer
  absl::Duration all = kMountsPatience;  // for all of a call
};

// Asks file systems. Thread-safe; callers wait for each other. Its destructor does not wait for
// abandoned calls.
class MountProbe {
 public:
  // Asks one file system; may block for ever.
  using Ask = std::function<StatusOr<FileSystemUsage>(const MountedFileSystem& mounted)>;

  explicit MountProbe(Ask ask, MountPatience patience = {});
  ~MountProbe();

  // SensorInput::UsagesOf.
  std::vector<StatusOr<FileSystemUsage>> UsagesOf(const std::vector<MountedFileSystem>& mounts);

 private:
  struct Round;
  struct Silent;

  // Posts the mounts to the worker and waits. Returns how many have answered.
  size_t AskInOrder(const std::shared_ptr<Round>& round, absl::Duration patience)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetAnswered() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const Silent* SilenceOf(const MountedFileSystem& mounted) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Ask ask_;
  const MountPatience patience_;
  Mutex mutex_;
  // The worker that is not blocked by a silent mount.
  std::unique_ptr<BlockingWorker> worker_ ABSL_GUARDED_BY(mutex_);
  std::list<Silent> silent_ ABSL_GUARDED_BY(mutex_);
};

// Asks the kernel: opens the mount point, which must lead to the mount of that id, and nothing in
// it. kFailedPrecondition: it leads to another mount.
[[nodiscard]] StatusOr<FileSystemUsage> AskMount(const MountedFileSystem& mounted);

}  // namespace godwit
