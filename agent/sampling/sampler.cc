#include "agent/sampling/sampler.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/counted.h"
#include "base/foreign_text.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr absl::Duration kSealEarlyMax = absl::Seconds(1);

}  // namespace

std::string_view SensorStateName(SensorState state) {
  switch (state) {
    case SensorState::kWaiting:
      return "waiting";
    case SensorState::kGood:
      return "good";
    case SensorState::kFailing:
      return "failing";
    case SensorState::kHanging:
      return "hanging";
  }
  return "unknown";
}

Sampler::Sampler(const BatchOptions& options, std::vector<SampledSensor> sensors,
                 const Clock& clock, Executor& loop, Sink sink)
    : options_(options),
      clock_(clock),
      loop_(loop),
      sink_(std::move(sink)),
      batcher_(options),
      register_(options.max_series) {
  for (SampledSensor& sampled : sensors) AddSource(std::move(sampled));
}

ClockReading Sampler::Now() const {
  return {
      .boot = clock_.Boot(), .wall = clock_.Wall(), .wall_synchronised = clock_.WallSynchronised()};
}

void Sampler::AddSource(SampledSensor sampled) {
  const TickSchedule schedule(sampled.interval, Now());
  auto source = std::make_unique<Source>(
      Source{.schedule = schedule, .owner = next_owner_++, .health = {.name = sampled.name}});
  const std::vector<Table> tables = sampled.sensor->groups();
  for (size_t i = 0; i < tables.size(); ++i) {
    const uint32_t every = sampled.sensor->every(i);
    source->groups.push_back(
        {.number = batcher_.AddGroup({}, sampled.interval * every), .every = every});
  }
  source->reader = std::make_unique<SensorReader>(std::move(sampled), loop_);
  SetGroups(*source, tables);
  sources_.push_back(std::move(source));
}

void Sampler::RemoveSource(const std::string& name) {
  const auto found = std::find_if(sources_.begin(), sources_.end(),
                                  [&](const auto& source) { return source->health.name == name; });
  if (found == sources_.end()) return;
  Show(**found, {.status = Error(StatusCode::kAborted, "the sensor was removed"), .values = {}});
  register_.Release((*found)->owner);
  for (const Group& group : (*found)->groups) {
    if (batcher_.full()) Seal();
    batcher_.RemoveGroup(group.number);
    pacer_.Leave(group.number);
  }
  sources_.erase(found);
}

void Sampler::Replace(const std::vector<std::string>& gone, std::vector<SampledSensor> come) {
  GODWIT_CHECK_RUNS_ON(loop_);
  for (const std::string& name : gone) RemoveSource(name);
  for (SampledSensor& sampled : come) {
    AddSource(std::move(sampled));
    if (running_) sources_.back()->reader->sampled().sensor->Start();
  }
  if (running_) ArmTicks();
  if (batcher_.full()) Seal();
}

void Sampler::SetBatchPeriod(const BatchOptions& options) {
  options_.period = options.period;
  options_.phase = options.phase;
  if (running_) ArmSeal();
}

void Sampler::Start() {
  GODWIT_CHECK_RUNS_ON(loop_);
  running_ = true;
  for (const auto& source : sources_) source->reader->sampled().sensor->Start();
  ArmTicks();
  ArmSeal();
}

void Sampler::ReadNow() {
  GODWIT_CHECK_RUNS_ON(loop_);
  const ClockReading now = Now();
  for (const auto& source : sources_) {
    Read(*source, {.number = 1, .due = now.boot, .time = now.wall}, now);
  }
}

Status Sampler::CheckSensor(const std::string& name, std::function<void(CheckResult)> done) {
  GODWIT_CHECK_RUNS_ON(loop_);
  const auto found = std::find_if(sources_.begin(), sources_.end(),
                                  [&](const auto& source) { return source->health.name == name; });
  if (found == sources_.end()) return Error(StatusCode::kNotFound, Cat("no sensor '", name, "'"));
  Source& source = **found;
  if (source.reader->hangs()) {
    return Error(StatusCode::kUnavailable, Cat(name, " hangs: its last reading has not ended"));
  }
  source.waiting_checks.push_back(std::move(done));
  // What is under way is as new as one more reading, which might cost the sensor its next tick.
  if (source.reader->reading()) return absl::OkStatus();
  const ClockReading now = Now();
  source.started = now.boot;
  source.reader->Read(
      {.number = source.schedule.next().number, .time_unix_ns = absl::ToUnixNanos(now.wall)},
      [this, &source](const Reading& reading) {
        Note(source, reading.status);
        if (reading.groups) SetGroups(source, *reading.groups);
        Show(source, reading);
      });
  return absl::OkStatus();
}

void Sampler::Show(Source& source, const Reading& reading) {
  for (const auto& done : std::exchange(source.waiting_checks, {})) {
    CheckResult check{.status = reading.status, .took = clock_.Boot() - source.started};
    for (const Group& group : source.groups) check.groups.push_back(group.layout.yielded());
    check.values = reading.values;
    done(std::move(check));
  }
}

bool Sampler::reading() const {
  return std::any_of(sources_.begin(), sources_.end(), [](const auto& source) {
    return source->reader->reading() && !source->reader->hangs();
  });
}

void Sampler::Stop() {
  GODWIT_CHECK_RUNS_ON(loop_);
  running_ = false;
  tick_timer_.reset();
  seal_timer_.reset();
  Seal();
}

void Sampler::ArmTicks() {
  absl::Duration due = absl::InfiniteDuration();
  for (const auto& source : sources_) due = std::min(due, source->schedule.next().due);
  tick_timer_.reset();
  if (sources_.empty()) return;
  tick_timer_ = loop_.PostAfter(std::max(due - clock_.Boot(), absl::ZeroDuration()),
                                [this] { TakeDueTicks(); });
}

void Sampler::TakeDueTicks() {
  for (const auto& source : sources_) TakeDueTick(*source);
  ArmTicks();
}

void Sampler::TakeDueTick(Source& source) {
  // A timer may fire a moment early.
  if (source.schedule.next().due > clock_.Boot()) return;
  const ClockReading now = Now();
  source.schedule.SkipMissed(now);
  source.health.missed = source.schedule.missed();
  LogMissed(source, now);
  // What was missed may leave nothing due.
  if (source.schedule.next().due > now.boot) return;
  Read(source, source.schedule.next(), now);
  source.schedule.Advance(now);
}

void Sampler::Read(Source& source, const ScheduledTick& tick, const ClockReading& now) {
  if (source.reader->reading()) {
    // The reading before has not ended: this tick is not taken. No row stands for it: one now would
    // stand in front of that reading's own, and a batch in which time goes back is sealed at once.
    ++source.health.timed_out;
    return;
  }
  source.started = now.boot;
  const Tick read = DueAt(source, tick);
  source.reader->Read(read, [this, &source, tick, read, now](const Reading& reading) {
    Take(source, tick, read, now, reading);
  });
}

// A group that is not read at each tick has its rows on a grid of its own, so that its times are
// round, too. While that grid moves, with the wall clock, none comes later than it should.
Tick Sampler::DueAt(Source& source, const ScheduledTick& tick) {
  Tick read{.number = tick.number, .time_unix_ns = absl::ToUnixNanos(tick.time)};
  const auto each_tick = [](const Group& group) { return group.every == 1; };
  if (std::all_of(source.groups.begin(), source.groups.end(), each_tick)) return read;
  for (Group& group : source.groups) {
    const bool due = tick.slot % group.every == 0 || !group.last_due ||
                     tick.number - *group.last_due >= group.every;
    if (due) group.last_due = tick.number;
    read.due.push_back(due);
  }
  return read;
}

void Sampler::Take(Source& source, const ScheduledTick& tick, const Tick& read,
                   const ClockReading& now, const Reading& reading) {
  Note(source, reading.status);
  if (reading.groups) SetGroups(source, *reading.groups);
  TakeWaitingLayouts(source);
  for (size_t i = 0; i < source.groups.size(); ++i) {
    if (!read.Due(i)) continue;
    source.states_refused +=
        Add(source.groups[i], tick, now, reading.values.empty() ? nullptr : &reading.values[i]);
  }
  if (!reading.values.empty()) source.health.refused = reading.refused + source.states_refused;
  if (batcher_.full()) Seal();
  Show(source, reading);
}

size_t Sampler::Add(Group& group, const ScheduledTick& tick, const ClockReading& now,
                    const std::vector<Value>* values) {
  // A sensor fills what it was given, in the shape of its groups, or says with it what changed.
  GODWIT_CHECK(values == nullptr || values->size() == group.layout.yielded().series.size());
  if (!batcher_.Accepts(group.number, tick, now)) Seal();
  return batcher_.Add(group.number, tick, now, group.layout.Row(values));
}

void Sampler::Note(Source& source, const Status& status) {
  SensorHealth& health = source.health;
  const bool timed_out = absl::IsDeadlineExceeded(status) && source.reader->hangs();
  if (timed_out) {
    ++health.timed_out;
  } else {
    ++health.readings;
    if (!status.ok()) ++health.failures;
  }
  health.state = timed_out     ? SensorState::kHanging
                 : status.ok() ? SensorState::kGood
                               : SensorState::kFailing;
  if (!status.ok()) health.error = ForeignText(Message(status));
  LogOutcome(source, status);
}

// Logs missed ticks: a line when the first is missed, and at most one an hour while more are.
void Sampler::LogMissed(Source& source, const ClockReading& now) {
  const uint64_t missed = source.schedule.missed();
  if (missed == source.missed_logged || now.boot < source.log_missed_at) return;
  LogWarning(Cat("sensor ", source.health.name, ": ",
                 Counted(missed - source.missed_logged, "tick"),
                 " missed (suspended, or too busy); ", missed, " in total"));
  source.missed_logged = missed;
  source.log_missed_at = now.boot + absl::Hours(1);
}

// A line when it begins to fail, one an hour while it does, and one when it ends; of a sensor that
// fails now and then, at most two lines an hour.
void Sampler::LogOutcome(Source& source, const Status& status) {
  const std::string& name = source.health.name;
  if (status.ok()) {
    if (source.logged_failing) {
      LogInfo(Cat("sensor ", name, ": works again after ",
                  Counted(source.failures_in_row, "failed reading")));
    }
    source.failures_in_row = 0;
    source.logged_failing = false;
    return;
  }
  ++source.failures_in_row;
  const absl::Duration now = clock_.Boot();
  if (now < source.log_failing_at) return;
  source.log_failing_at = now + absl::Hours(1);
  source.logged_failing = true;
  LogWarning(Cat("sensor ", name, ": ", Message(status),
                 " (failed readings: ", source.failures_in_row, ")"));
}

void Sampler::ArmSeal() {
  const absl::Duration now = clock_.Boot();
  // With a tick shortly before, where there is one: a wake-up less.
  const absl::Duration room = std::min(options_.period / 10, kSealEarlyMax);
  const absl::Duration due =
      absl::Floor(now + room - options_.phase, options_.period) + options_.period + options_.phase;
  seal_timer_ = loop_.PostWithin(due - room - now, due - now, [this] {
    Seal();
    ArmSeal();
  });
}

void Sampler::Seal() {
  if (!batcher_.empty()) sink_(batcher_.Seal());
}

std::vector<SensorHealth> Sampler::Health() const {
  std::vector<SensorHealth> out;
  for (const auto& source : sources_) out.push_back(source->health);
  return out;
}

}  // namespace godwit::agent
