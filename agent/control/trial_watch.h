// Whether what is on trial does any harm: to the sensors that were there, to the spool, to the
// machine. Pure: it is told what the agent sees.
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

// What the agent sees of itself at one moment.
struct TrialSigns {
  absl::Duration boot;  // by the boot clock
  std::vector<SensorReport> sensors;
  ByteCount appended_bytes = 0;  // since the agent's start
  ByteCount resident_bytes = 0;
  // Sensors that were read out of turn, to see whether they can be, and what came of it the last
  // time. Such a reading counts in the sensor's report like any other.
  std::map<std::string, Status> checks;
};

// Loop-confined.
class TrialWatch {
 public:
  // `come`: sensors that the trial has brought, or changed. `before`: as it began. It is asked
  // every `period`.
  TrialWatch(const TrialBounds& bounds, std::vector<std::string> come, TrialSigns before,
             absl::Duration period);

  // OK: in good health. kUnavailable: a sensor that came has not been read yet. kAborted: what
  // harm it does.
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
