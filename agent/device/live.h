// The live view: one sensor that is read more often for a time, by the command `live`, and uploads
// at once meanwhile. It ends by itself, whatever becomes of the link.
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
  // All of them outlive it.
  struct Dependencies {
    Executor& loop;
    AppliedSettings& applied;
    const Connection& connection;
    const Trial& trial;
    std::function<void()> flush;  // what is sampled so far is sealed and sent
  };

  explicit Live(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  // In the place of the live view there is. Returns what it does, for people. An error: why it
  // does not, and nothing has changed.
  [[nodiscard]] StatusOr<std::string> Begin(const std::string& sensor, absl::Duration interval,
                                            absl::Duration span);
  // The sensor is read as its settings say again. Nothing without a live view.
  void End();
  // The device stops: the sensor is not put back.
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
