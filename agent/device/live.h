// The live view: reads one sensor more often for a time, by the command `live`, and uploads at once
// meanwhile. It ends by itself, also without a link.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/device/applied_settings.h"
#include "agent/device/connection.h"
#include "agent/device/trial.h"
#include "platform/executor.h"

namespace godwit::agent {

// Loop-confined.
class Live {
 public:
  // The dependencies. All of them outlive it.
  struct Dependencies {
    Executor& loop;
    AppliedSettings& applied;
    const Connection& connection;
    const Trial& trial;
    std::function<void()> flush;  // what is sampled so far is sealed and sent
  };

  explicit Live(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  // Starts a live view, which replaces an existing one. Returns a text that says what it does, for
  // people. An error says why it does not; then nothing has changed.
  [[nodiscard]] StatusOr<std::string> Begin(const std::string& sensor, absl::Duration interval,
                                            absl::Duration span);
  // Ends the live view: the sensor is read as its settings say. Does nothing without one.
  void End();
  // Drops the live view because the device stops; the sensor is not restored.
  void Stop() { view_.reset(); }

 private:
  struct View {
    SensorSettings sensor;  // as it is otherwise
    std::unique_ptr<Timer> end;
    std::unique_ptr<Timer> upload;
  };

  void Upload();

  Dependencies deps_;
  std::optional<View> view_;
};

}  // namespace godwit::agent
