// Implements ProgramRunner by a separate process that forks. A process with gRPC in it must not
// fork (its threads and locks are not in the child), and a large one forks slowly. So the spawner
// is forked first, while the process has one thread and little memory, and gets its requests over a
// socket. It consists of two processes that restart each other (spawner_process.h).
//
// Each program is a process group of its own, with /dev/null for input, few descriptors and bounded
// memory. The spawner is the subreaper of its programs' children (prctl(2)): a process that leaves
// the group to survive is found among its children and killed. A program that the kernel does not
// let die, because its file system hangs, is abandoned: at most one of each command, and
// kLeftBehindMax in all.
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
  // Starts the spawner by forking. To be called only while the process has one thread. The children
  // end when this process does.
  [[nodiscard]] static StatusOr<std::unique_ptr<Spawner>> Start();

  StatusOr<ProgramResult> Run(const ProgramRequest& request) override;
  // Returns the process id of the keeper, as it was started.
  pid_t pid() const { return pid_; }
  // Returns the statistics as of the last program.
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
