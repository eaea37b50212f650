// ProgramRunner by a process of its own that does the forking. A process with gRPC in it must not
// fork (its threads and locks are not in the child), and one that is large forks slowly; so the
// spawner is forked first of all, while the process has one thread and little memory, and is asked
// over a socket from then on.
//
// Each program is a process group of its own, with /dev/null for input, few descriptors and bounded
// memory. The spawner is the subreaper of what they start (prctl(2)): whoever leaves the group to
// live on is found among its children and killed.
#pragma once

#include <sys/types.h>

#include <memory>

#include "platform/linux/file_descriptor.h"
#include "platform/program.h"

namespace godwit {

class Spawner final : public ProgramRunner {
 public:
  // Forks. Only while the process has one thread. The child ends when this one does.
  [[nodiscard]] static StatusOr<std::unique_ptr<Spawner>> Start();

  StatusOr<ProgramResult> Run(const ProgramRequest& request) override;
  pid_t pid() const { return pid_; }

 private:
  Spawner(FileDescriptor socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}

  FileDescriptor socket_;
  pid_t pid_;
};

}  // namespace godwit
