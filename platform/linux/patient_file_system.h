// A FileSystem that never blocks its caller for longer than its patience. An operation that the
// kernel does not finish by then (a dying card, a server that is gone) fails with kInternal, as on
// a disk with an I/O error, and continues in a thread of its own; until it ends, every other
// operation fails at once. So to the spool a disk that hangs is one that takes nothing: records
// stay in memory and are uploaded from there.
//
// A late operation has no unknown effect: a file created late is removed again, a lock is released.
// A late write, sync or removal may or may not have happened, as after any I/O error.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "platform/disk_patience.h"
#include "platform/file_system.h"

namespace godwit {

// The file system. Thread-safe; its files are confined to their owner. Its destructor does not wait
// for operations that hang.
class PatientFileSystem final : public FileSystem {
 public:
  struct Patience {
    absl::Duration least = kDiskPatience;
    // The largest patience. A disk that is always slow must get its records written, too: after a
    // late operation the next may take twice as long, up to this. The patience shrinks again with
    // each sync that is faster.
    absl::Duration most = kDiskPatienceMax;
  };

  PatientFileSystem(std::shared_ptr<FileSystem> files, Patience patience);
  ~PatientFileSystem() override;

  StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) override;
  StatusOr<std::vector<FileEntry>> List(const std::string& directory) override;
  Status Remove(const std::string& path) override;
  Status CreateDirectories(const std::string& directory) override;
  Status SyncDirectory(const std::string& directory) override;
  StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  StatusOr<Space> FreeSpace(const std::string& directory) override;

  // Returns whether an operation is late and has not ended.
  bool hangs() const;

 private:
  class Disk;
  class Writable;
  class Readable;
  class Held;

  const std::shared_ptr<FileSystem> files_;
  const std::shared_ptr<Disk> disk_;  // the thread's too
};

}  // namespace godwit
