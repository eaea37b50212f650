// The trial of a configuration on the running device: its sensors run and are watched, then a batch
// sampled under it is proved. Then it waits for the configurator to end it.
//
// The whole state of a trial is here. Flash has only the revision on trial, so that a start after a
// crash rolls back (agent/control/configuration_state.h).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/control/trial_runner.h"
#include "agent/device/applied_settings.h"
#include "agent/device/ports.h"
#include "agent/device/trial_health.h"
#include "agent/device/trial_proof.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::agent {

// The device that a trial runs on. Loop-confined.
class TrialHost {
 public:
  virtual ~TrialHost() = default;
  // Connects again with the settings in force.
  virtual void Reconnect() = 0;
  // Reports that no trial is under way any more.
  virtual void TrialEnded(TrialEnd end) = 0;
  // Restarts the agent: the previous configuration cannot be restored while it runs.
  virtual void RestartLater() = 0;
};

// Loop-confined.
class Trial final : public TrialRunner {
 public:
  // The dependencies. All of them outlive it.
  struct Dependencies {
    const Clock& clock;
    Executor& loop;
    Executor& storage;
    Spool& spool;                   // storage-confined
    const SpoolStats& spool_stats;  // after the last record, on the loop
    Sampler& sampler;
    AppliedSettings& applied;
    SettingsLoader& loader;
    SensorFactory& sensors;
    TransportFactory& transports;
    ProcessMemory& memory;
    TrialHost& host;
  };

  explicit Trial(Dependencies dependencies) : deps_(dependencies) {}

  bool under_way() const { return run_ != nullptr; }

  [[nodiscard]] Status Begin(const Revision& revision, absl::Duration confirm,
                             Ended ended) override;
  void End(TrialEnd end) override;
  void SessionOpened(const OpenedSession& session) override;
  void SessionLost() override;
  // Drops a trial under way because the device stops. It is inconclusive, and nothing is restored.
  void Stop() { run_.reset(); }

 private:
  enum class Step {
    kWatched,  // its sensors run; what floods or starves does so within seconds
    kProving,  // and have run for long enough
    kJudged,   // its verdict is out
  };
  struct Run {
    Step step = Step::kWatched;
    Ended ended;
    // The configuration that was in force at Begin, and is restored if the trial fails.
    AgentSettings settings_before;
    Identity identity_before;
    // The changes that take effect only if the trial succeeds.
    ChannelOptions channel;
    bool new_connection = false;
    bool new_spool_bounds = false;
    bool had_session = false;    // at any moment of the trial
    std::string health_missing;  // why it is not in good health yet
    absl::Duration time;         // that it may take
    std::unique_ptr<TrialHealth> health;
    std::unique_ptr<TrialProof> proof;
    std::unique_ptr<Timer> deadline;
    std::unique_ptr<Timer> watch;
    std::unique_ptr<Timer> check;
  };

  Status CheckSettings(const AgentSettings& wanted) const;
  void Start(const Revision& revision, AppliedSettings::Prepared prepared);
  void Check();
  void OnProved(const Status& status, const std::string& store_id);
  void OnDeadline();
  void Judge(const TrialVerdict& verdict);
  void GoBack(AgentSettings settings, Identity identity);

  Dependencies deps_;
  std::optional<OpenedSession> session_;  // of the connection in use
  std::unique_ptr<Run> run_;              // null: no trial
};

}  // namespace godwit::agent
