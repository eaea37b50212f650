// Tells the service manager how the agent fares. It is fed as alive only when a task has gone from
// the loop to storage and back: a timer of its own would go on while either of them hangs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "platform/executor.h"
#include "platform/notify.h"

namespace godwit::agent {

// Loop-confined.
class Supervision {
 public:
  // `status`: the line for people. `storage` may end before this does.
  Supervision(Notify& notify, Executor& loop, Executor& storage,
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
  void Look();
  void Answered();

  Notify& notify_;
  Executor& loop_;
  Executor& storage_;
  std::function<std::string()> status_;
  absl::Duration period_;
  std::string told_;  // of the status
  std::unique_ptr<Timer> timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // this object
};

}  // namespace godwit::agent
