// A thread for work that may block for ever: a read from a bus that hangs cannot be cancelled, nor
// can its thread be joined. So the worker does not wait for its thread: when the worker is
// destroyed, the thread ends after its current task, or with the process.
#pragma once

#include <memory>
#include <string>

#include "platform/executor.h"

namespace godwit {

// Runs tasks on its thread, in the order of Post. Thread-safe. A task must own everything that it
// uses. If the system has no thread left, tasks wait until a later Post can start one.
class BlockingWorker {
 public:
  // `name` is what `top -H` shows: at most 15 characters. The thread starts with the first task.
  explicit BlockingWorker(const std::string& name);
  // Does not wait. Tasks that have not started are dropped.
  ~BlockingWorker();
  BlockingWorker(const BlockingWorker&) = delete;
  BlockingWorker& operator=(const BlockingWorker&) = delete;

  void Post(Executor::Task task);

 private:
  struct State;
  std::shared_ptr<State> state_;  // the thread's too
};

}  // namespace godwit
