// Decides whether the store may be written: no connection has found damage in it, and its files are
// those that were opened. All connections of one process share it. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"

namespace godwit::collector {

class StoreHealth {
 public:
  // `file` is the store's own; its write-ahead log and the log's index are beside it.
  explicit StoreHealth(std::string file) : file_(std::move(file)) {}

  // Remembers the identity of the files. To be called once the store is open: SQLite keeps all
  // three from then on.
  void NoteFiles();
  // Records damage. The first one is kept and logged; it ends all writing until the collector is
  // restarted.
  void NoteDamage(const Status& damage);

  // Returns OK while the store may be written. kDataLoss: it is damaged. kFailedPrecondition: one
  // of its files has been moved, deleted or replaced, so that what is written would be lost; it may
  // be written again once that file is back. Three system calls.
  [[nodiscard]] Status MayWrite();
  // Returns the last error of MayWrite, or the damage; empty: there is none.
  std::string problem() const;

 private:
  struct File {
    std::string path;
    uint64_t device = 0;
    uint64_t inode = 0;
  };
  static bool Find(File& file);

  const std::string file_;
  mutable Mutex mutex_;
  std::vector<File> files_ ABSL_GUARDED_BY(mutex_);
  Status damage_ ABSL_GUARDED_BY(mutex_);
  std::string taken_ ABSL_GUARDED_BY(mutex_);  // the file that has gone; empty: none has
};

}  // namespace godwit::collector
