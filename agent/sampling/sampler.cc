#include "agent/sampling/sampler.h"

#include <algorithm>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// A sensor that keeps failing is logged when it begins and then once in this many readings.
constexpr uint64_t kFailuresPerLogLine = 3600;

}  // namespace

Sampler::Sampler(const BatchOptions& options, std::vector<SampledSensor> sensors,
                 const Clock& clock, Executor& loop, Sink sink)
    : options_(options), clock_(clock), loop_(loop), sink_(std::move(sink)), batcher_(options) {
  const ClockReading now = Now();
  for (SampledSensor& sampled : sensors) {
    const TickSchedule schedule(sampled.interval, now);
    auto source =
        std::make_unique<Source>(Source{.sampled = std::move(sampled), .schedule = schedule});
    for (const Table& table : source->sampled.sensor->groups()) {
      source->groups.push_back(batcher_.AddGroup(table, source->sampled.interval));
      source->readings.emplace_back(table.series.size());
    }
    sources_.push_back(std::move(source));
  }
}

ClockReading Sampler::Now() const {
  return {
      .boot = clock_.Boot(), .wall = clock_.Wall(), .wall_synchronised = clock_.WallSynchronised()};
}

void Sampler::Start() {
  GODWIT_CHECK_RUNS_ON(loop_);
  for (const auto& source : sources_) Arm(*source);
  ArmSeal();
}

void Sampler::Stop() {
  GODWIT_CHECK_RUNS_ON(loop_);
  for (const auto& source : sources_) source->timer.reset();
  seal_timer_.reset();
  Seal();
}

void Sampler::Arm(Source& source) {
  const absl::Duration wait = source.schedule.next().due - clock_.Boot();
  source.timer =
      loop_.PostAfter(std::max(wait, absl::ZeroDuration()), [this, &source] { OnTimer(source); });
}

void Sampler::OnTimer(Source& source) {
  const ClockReading now = Now();
  source.schedule.SkipMissed(now);
  TellMissed(source, now);
  // A timer may fire a moment early, and what was missed may leave nothing due.
  if (source.schedule.next().due <= now.boot) {
    Read(source, now);
    source.schedule.Advance(now);
  }
  Arm(source);
}

void Sampler::Read(Source& source, const ClockReading& now) {
  const ScheduledTick& tick = source.schedule.next();
  for (auto& values : source.readings) std::fill(values.begin(), values.end(), Value{});
  LogOutcome(source, source.sampled.sensor->Read(
                         {.number = tick.number, .time_unix_ns = absl::ToUnixNanos(tick.time)},
                         source.readings));
  for (size_t g = 0; g < source.groups.size(); ++g) {
    if (!batcher_.Accepts(source.groups[g], tick, now)) Seal();
    batcher_.Add(source.groups[g], tick, now, source.readings[g]);
  }
  if (batcher_.full()) Seal();
}

// Missed ticks are never silent: a line when it happens, and at most one an hour while it goes on.
void Sampler::TellMissed(Source& source, const ClockReading& now) {
  const uint64_t missed = source.schedule.missed();
  if (missed == source.missed_told || now.boot < source.tell_missed_at) return;
  LogWarning(Cat("sensor ", source.sampled.name, ": ", missed - source.missed_told,
                 " ticks missed (suspended, or too busy); ", missed, " in all"));
  source.missed_told = missed;
  source.tell_missed_at = now.boot + absl::Hours(1);
}

void Sampler::LogOutcome(Source& source, const Status& status) {
  if (status.ok()) {
    if (source.failures > 0) {
      LogInfo(Cat("sensor ", source.sampled.name, ": reads again after ", source.failures,
                  " failed readings"));
    }
    source.failures = 0;
    return;
  }
  if (source.failures++ % kFailuresPerLogLine == 0) {
    LogWarning(Cat("sensor ", source.sampled.name, ": ", Message(status),
                   " (failed readings: ", source.failures, ")"));
  }
}

void Sampler::ArmSeal() {
  const absl::Duration now = clock_.Boot();
  const absl::Duration due =
      absl::Floor(now - options_.phase, options_.period) + options_.period + options_.phase;
  seal_timer_ = loop_.PostAfter(due - now, [this] {
    Seal();
    ArmSeal();
  });
}

void Sampler::Seal() {
  if (!batcher_.empty()) sink_(batcher_.Seal());
}

}  // namespace godwit::agent
