#include "agent/control/trial_watch.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/counted.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// A loop that is late by more than this part of a trial, after the first seconds, has no time left
// for what else it must do. (A busy machine delays a timer by some percent of its period.)
constexpr double kLateShareMax = 0.25;
constexpr absl::Duration kLateKnownAfter = absl::Seconds(3);

Status Harm(std::string_view what, std::string_view text) {
  return Error(StatusCode::kAborted, Cat(what, ": ", text));
}

bool Is(const SensorReport& sensor, std::string_view state) {
  return sensor.state == state;
}

}  // namespace

TrialWatch::TrialWatch(const TrialBounds& bounds, std::vector<std::string> come, TrialSigns before,
                       absl::Duration period)
    : bounds_(bounds),
      come_(std::move(come)),
      before_(std::move(before)),
      period_(period),
      asked_at_(before_.boot) {
  for (const SensorReport& sensor : before_.sensors) {
    if (std::find(come_.begin(), come_.end(), sensor.name) == come_.end()) {
      old_.emplace(sensor.name, sensor);
    }
  }
}

Status TrialWatch::Judge(const TrialSigns& now) {
  GODWIT_RETURN_IF_ERROR(JudgeMachine(now));
  Status status;
  for (const SensorReport& sensor : now.sensors) {
    const bool is_old = old_.contains(sensor.name);
    const Status of_sensor = is_old ? JudgeOld(sensor) : JudgeNew(sensor, now);
    if (!of_sensor.ok() && !absl::IsUnavailable(of_sensor)) return of_sensor;
    status.Update(of_sensor);
  }
  return status;
}

Status TrialWatch::JudgeMachine(const TrialSigns& now) {
  late_ += std::max(now.boot - asked_at_ - period_, absl::ZeroDuration());
  asked_at_ = now.boot;
  const ByteCount appended = now.appended_bytes - before_.appended_bytes;
  if (appended > bounds_.appended_bytes) {
    return Harm("flood",
                Cat("it wrote ", appended >> 10, " KiB to the spool; the limit for a trial is ",
                    bounds_.appended_bytes >> 10, " KiB"));
  }
  // What was taken before is no fault of the trial.
  const ByteCount resident_max =
      std::max(bounds_.resident_bytes, before_.resident_bytes + bounds_.resident_bytes / 8);
  if (now.resident_bytes > resident_max) {
    return Harm("memory", Cat("the agent uses ", now.resident_bytes >> 20,
                              " MiB of memory; the limit is ", resident_max >> 20, " MiB"));
  }
  const absl::Duration span = now.boot - before_.boot;
  if (span < kLateKnownAfter || late_ < kLateShareMax * span) return absl::OkStatus();
  return Harm("starved",
              Cat("the agent was ", DurationText(absl::Trunc(late_, absl::Milliseconds(1))),
                  " late in ", DurationText(absl::Trunc(span, absl::Milliseconds(1)))));
}

// Sensors that the trial does not change must work as before.
Status TrialWatch::JudgeOld(const SensorReport& sensor) const {
  const SensorReport& before = old_.at(sensor.name);
  if (sensor.missed > before.missed) {
    return Harm("starved", Cat(sensor.name, ", which the configuration does not change, missed ",
                               Counted(sensor.missed - before.missed, "tick")));
  }
  if (Is(before, "good") && (Is(sensor, "failing") || Is(sensor, "hanging"))) {
    return Harm("sensor",
                Cat(sensor.name, ", which was good before, is ", sensor.state, ": ", sensor.error));
  }
  return absl::OkStatus();
}

// What it could not read under the settings before is no harm of the trial: a field that this
// kernel does not have, a disk that another mount covers.
bool TrialWatch::FailsAsBefore(const SensorReport& sensor) const {
  return Is(sensor, "failing") &&
         std::any_of(before_.sensors.begin(), before_.sensors.end(), [&](const auto& before) {
           return before.name == sensor.name && Is(before, "failing") &&
                  before.error == sensor.error;
         });
}

// One failure may be an accident.
Status TrialWatch::JudgeNew(const SensorReport& sensor, const TrialSigns& now) const {
  // A tick is missed when the agent is seconds behind.
  if (sensor.missed > 0) {
    return Harm("starved", Cat(sensor.name, " cannot be read at this interval: it missed ",
                               Counted(sensor.missed, "tick")));
  }
  if (Is(sensor, "hanging")) return Harm("sensor", Cat(sensor.name, " hangs: ", sensor.error));
  const auto check = now.checks.find(sensor.name);
  const bool checked = check != now.checks.end();
  if (FailsAsBefore(sensor)) return absl::OkStatus();
  if (Is(sensor, "failing") && sensor.failures > 1) {
    return Harm("sensor", Cat(sensor.name, " fails: ", sensor.error));
  }
  if ((checked && check->second.ok()) || Is(sensor, "good")) return absl::OkStatus();
  return Error(StatusCode::kUnavailable, Cat("sensor ", sensor.name, ": ",
                                             checked                ? Message(check->second)
                                             : sensor.error.empty() ? "not read yet"
                                                                    : sensor.error));
}

}  // namespace godwit::agent
