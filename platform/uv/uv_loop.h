// The event loop: an executor on the thread that calls Run, over libuv. Its tasks must not block.
#pragma once

#include <memory>

#include "platform/executor.h"

namespace godwit {

class UvLoop final : public Executor {
 public:
  UvLoop();
  ~UvLoop() override;

  // Runs the loop until Stop. The calling thread is the loop's thread from then on; before, the
  // thread that built the loop is.
  void Run();
  // Makes Run return after the current task. Thread-safe.
  void Stop();
  // Calls `task` on the loop each time the process receives `signal`, for as long as the loop
  // lives; also for a signal that this thread held until now (platform/linux/signal_hold.h).
  void OnSignal(int signal, Task task);
  // Calls `task` on the loop whenever the descriptor is readable, as long as the loop lives.
  void OnReadable(int descriptor, Task task);

  void Post(Task task) override;
  void PostLazily(Task task) override;
  std::unique_ptr<Timer> PostAfter(absl::Duration delay, Task task) override;
  std::unique_ptr<Timer> PostWithin(absl::Duration earliest, absl::Duration latest,
                                    Task task) override;
  bool IsCurrent() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;  // hides <uv.h>
};

}  // namespace godwit
