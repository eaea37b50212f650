// Keeps a second agent away from the folders of one that runs. It is taken before anything in them
// is judged or written.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "platform/file_system.h"

namespace godwit::agent {

// Held while it lives. Either lock is null when its folder takes none: a disk that fails, or a
// folder of somebody else. The part that uses the folder reports why.
struct ProcessLock {
  std::shared_ptr<FileLock> state;
  std::shared_ptr<FileLock> spool;  // the same file as that of agents without a lock of the state
};

// Makes the folders if they are missing. kUnavailable: another agent holds one of them, and nothing
// was changed in either.
[[nodiscard]] StatusOr<ProcessLock> TakeProcessLock(FileSystem& files, const std::string& state,
                                                    const std::string& spool);

}  // namespace godwit::agent
