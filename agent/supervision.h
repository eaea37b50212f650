// Reports the agent's state to the service manager. Only the progress of the loop feeds the
// watchdog: an agent whose storage hangs still samples, keeps records in memory and uploads them,
// and killing it would lose them. The status line shows that storage hangs; it is also logged once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/alive.h"
#include "platform/clock.h"
#include "platform/executor.h"
#include "platform/notify.h"

namespace godwit::agent {

// The time after which storage counts as hanging if it has not started a task.
inline constexpr absl::Duration kStorageSilenceMax = absl::Seconds(30);

// Loop-confined.
class Supervision {
 public:
  // `status` returns the line for people. `storage` may end before this does.
  Supervision(Notify& notify, const Clock& clock, Executor& loop, Executor& storage,
              std::function<std::string()> status);
  ~Supervision();

  // Reports that the agent works.
  void Start();
  // Report the start and the end of a reload.
  void Reloading();
  void Reloaded();
  // Reports that the agent ends. `restart`: it starts again in the same process, which the manager
  // must not kill for that.
  void Stop(bool restart);

 private:
  void Check();
  void AskStorage();
  bool StorageHangs();

  Notify& notify_;
  const Clock& clock_;
  Executor& loop_;
  Executor& storage_;
  std::function<std::string()> status_;
  absl::Duration period_;
  std::string sent_status_;                 // the last one
  std::optional<absl::Duration> asked_at_;  // on the boot clock; none: storage has answered
  bool storage_hangs_ = false;
  std::unique_ptr<Timer> timer_;
  Alive alive_;
};

}  // namespace godwit::agent
