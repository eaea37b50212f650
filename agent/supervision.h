// Reports to the service manager how the agent fares. The progress of the loop alone feeds the
// watchdog: an agent whose storage hangs still samples, keeps records in memory and uploads them,
// and killing it would lose them. That storage hangs is in the status line, and logged once.
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

// Storage that has not taken up a task for so long is said to hang.
inline constexpr absl::Duration kStorageSilenceMax = absl::Seconds(30);

// Loop-confined.
class Supervision {
 public:
  // `status`: the line for people. `storage` may end before this does.
  Supervision(Notify& notify, const Clock& clock, Executor& loop, Executor& storage,
              std::function<std::string()> status);
  ~Supervision();

  // The agent has begun its work.
  void Start();
  // Around a reload.
  void Reloading();
  void Reloaded();
  // It ends; `restart`: and begins anew in the same process, which is not to be ended for that.
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
  std::string sent_status_;                 // of the status
  std::optional<absl::Duration> asked_at_;  // on the boot clock; none: storage has answered
  bool storage_hangs_ = false;
  std::unique_ptr<Timer> timer_;
  Alive alive_;
};

}  // namespace godwit::agent
