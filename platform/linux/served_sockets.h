// Sockets that were given to a library, which closes them at a moment of its own: they can be cut
// off all the same.
#pragma once

#include <sys/types.h>

#include <map>

#include "base/mutex.h"

namespace godwit {

// Thread-safe. Keeps a few bytes for each number that a descriptor ever had.
class ServedSockets {
 public:
  // Before the library has it.
  void Note(int socket);
  // Ends both directions of those that are still open: reads of them end, and writes fail. How many
  // there were. Nothing is accepted meanwhile.
  size_t CutOff();

 private:
  Mutex mutex_;
  // By descriptor. A number that is used again has another inode.
  std::map<int, ino_t> inodes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace godwit
