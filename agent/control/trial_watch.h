// Decides whether a configuration on trial does harm: to the existing sensors, to the spool, to the
// machine. Pure: the agent's state is an argument.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/uplink/options.h"
#include "base/status.h"
#include "base/units.h"

namespace godwit::agent {

struct TrialBounds {
  ByteCount appended_bytes = 0;  // to the spool, during the trial
  ByteCount resident_bytes = 0;  // of the agent
};

// The agent's state at one moment.
struct TrialSigns {
  absl::Duration boot;  // by the boot clock
  std::vector<SensorReport> sensors;
  ByteCount appended_bytes = 0;  // since the agent's start
  ByteCount resident_bytes = 0;
  // The last results of the extra readings of sensors that check whether they can be read. An extra
  // reading counts in the sensor's report like any other.
  std::map<std::string, Status> checks;
};

// Loop-confined.
class TrialWatch {
 public:
  // `come` are the sensors that the trial has added or changed. `before` is the state at its start.
  // Judge is called every `period`.
  TrialWatch(const TrialBounds& bounds, std::vector<std::string> come, TrialSigns before,
             absl::Duration period);

  // Returns OK if the configuration is in good health. kUnavailable: an added sensor has not been
  // read yet. kAborted: it does harm, which the message names.
  [[nodiscard]] Status Judge(const TrialSigns& now);

 private:
  Status JudgeMachine(const TrialSigns& now);
  Status JudgeOld(const SensorReport& sensor) const;
  bool FailsAsBefore(const SensorReport& sensor) const;
  Status JudgeNew(const SensorReport& sensor, const TrialSigns& now) const;

  const TrialBounds bounds_;
  const std::vector<std::string> come_;
  const TrialSigns before_;
  const absl::Duration period_;
  std::map<std::string, SensorReport> old_;  // sensors that did not change, as the trial began
  absl::Duration asked_at_;
  absl::Duration late_ = absl::ZeroDuration();  // in all
};

}  // namespace godwit::agent
