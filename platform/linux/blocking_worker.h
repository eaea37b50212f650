// One thread for work that may block, and may block for ever: a read from a bus that hangs cannot
// be cancelled, nor can its thread be joined. So the thread is not waited for: when the worker
// goes, the thread ends after the task it is at, or with the process.
#pragma once

#include <memory>
#include <string>

#include "platform/executor.h"

namespace godwit {

// Thread-safe. A task must own all that it uses.
class BlockingWorker {
 public:
  // `name` is what `top -H` shows: at most 15 characters. The thread starts with the first task.
  explicit BlockingWorker(const std::string& name);
  // Does not wait. Tasks that have not begun are dropped.
  ~BlockingWorker();
  BlockingWorker(const BlockingWorker&) = delete;
  BlockingWorker& operator=(const BlockingWorker&) = delete;

  void Post(Executor::Task task);

 private:
  struct State;
  std::shared_ptr<State> state_;  // the thread's too
};

}  // namespace godwit
