// The fallback connection: a device without a session for a long time tries, one after another, the
// connection of the confirmed configuration, that of the one before, and that of its own files, for
// ever. An operator can reach it by one of them.
#pragma once

#include <memory>
#include <vector>

#include "agent/control/configurator.h"
#include "agent/device/applied_settings.h"
#include "agent/device/connection.h"
#include "agent/device/fallback_schedule.h"
#include "agent/device/ports.h"
#include "agent/device/trial.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::agent {

// Loop-confined.
class FallbackConnection {
 public:
  // The dependencies. All of them outlive it.
  struct Dependencies {
    const Clock& clock;
    Executor& loop;
    SettingsLoader& loader;
    const AppliedSettings& applied;
    const Configurator& configurator;
    const Trial& trial;
    Connection& connection;
  };

  explicit FallbackConnection(Dependencies dependencies);

  void Start();
  void Stop() { timer_.reset(); }
  // Starts again from the connection of the settings, which is in use from now on.
  void Reset();

 private:
  struct Candidate {
    AgentSettings settings;
    ChannelOptions channel;
  };

  void Check();
  absl::Duration Period() const;
  std::vector<Candidate> Candidates();
  void GoOver(const Candidate& candidate, bool confirmed);

  Dependencies deps_;
  FallbackSchedule schedule_;
  std::unique_ptr<Timer> timer_;
};

}  // namespace godwit::agent
