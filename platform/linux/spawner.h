// ProgramRunner by a process of its own that does the forking. A process with gRPC in it must not
// fork (its threads and locks are not in the child), and one that is large forks slowly; so the
// spawner is forked first of all, while the process has one thread and little memory, and is asked
// over a socket from then on. It is two processes that start each other again (spawner_process.h).
//
// Each program is a process group of its own, with /dev/null for input, few descriptors and bounded
// memory. The spawner is the subreaper of what they start (prctl(2)): whoever leaves the group to
// live on is found among its children and killed. A program that the kernel does not let die, since
// its file system hangs, is left behind: at most one of each command, and kLeftBehindMax in all.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "platform/linux/file_descriptor.h"
#include "platform/program.h"

namespace godwit {

struct SpawnerStats {
  uint32_t starts = 1;   // of the process that forks
  uint32_t hanging = 0;  // programs that were left behind and have not ended
};

class Spawner final : public ProgramRunner {
 public:
  // Forks. Only while the process has one thread. The children end when this one does.
  [[nodiscard]] static StatusOr<std::unique_ptr<Spawner>> Start();

  StatusOr<ProgramResult> Run(const ProgramRequest& request) override;
  // Of the keeper, as it was started.
  pid_t pid() const { return pid_; }
  // As the last program found them.
  SpawnerStats stats() const { return {.starts = starts_, .hanging = hanging_}; }

 private:
  Spawner(FileDescriptor socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}
  void Note(const SpawnerStats& stats);

  FileDescriptor socket_;
  pid_t pid_;
  std::atomic<uint32_t> starts_ = 1;
  std::atomic<uint32_t> hanging_ = 0;
};

}  // namespace godwit
