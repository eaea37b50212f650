// Keeps a second agent away from the folders of a running one. The lock is taken before anything in
// them is checked or written.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "platform/file_system.h"

namespace godwit::agent {

// The lock of an agent's folders, held for as long as it lives. Either part is null if its folder
// cannot be locked: the disk fails, or the folder belongs to another user. The part of the agent
// that uses the folder reports why.
struct ProcessLock {
  std::shared_ptr<FileLock> state;
  std::shared_ptr<FileLock> spool;  // the same file as that of agents without a lock of the state
};

// Creates missing folders and locks them. kUnavailable: another agent holds one of them; nothing
// was changed in either.
[[nodiscard]] StatusOr<ProcessLock> TakeProcessLock(FileSystem& files, const std::string& state,
                                                    const std::string& spool);

}  // namespace godwit::agent
