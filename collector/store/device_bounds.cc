#include "collector/store/device_bounds.h"

#include <optional>

#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/boot_clock.h"
#include "collector/store/record_store.h"

namespace godwit::collector {
namespace {

constexpr BoundTraits kTraits[kDeviceBounds] = {
    {.name = "too many tables",
     .reason = "this device sends too many new tables of series: one record with new ones per 10 s",
     .most = kNewTablesMax,
     .within = kNewTablesWithin,
     .pause = kNewTablesPause,
     .most_slowed = kNewTablesMax},
    {.name = "too many runs",
     .reason = "this device reports too many new runs",
     .most = kNewRunsMax,
     .within = kNewRunsWithin,
     .pause = kNewRunsPause,
     .most_slowed = kNewRunsSlowed},
    {.name = "too many boots",
     .reason = "this device reports too many new boots: one call with a new one per 10 s",
     .most = kNewBootsMax,
     .within = kNewBootsWithin,
     .pause = kNewBootsPause,
     .most_slowed = 1},
    {.name = "too much to account for",
     .reason = "this device reports too many pieces, gaps and rejected records of its runs",
     .most = kAccountRowsMax,
     .within = kAccountRowsWithin,
     .pause = kAccountRowsPause,
     .most_slowed = kAccountRowsSlowed},
    {.name = "over device_bytes",
     .reason = "the records of this device have reached limits.device_bytes",
     .pause = kQuotaRetry},
    {.name = "over device_series",
     .reason = "this device would exceed limits.device_series",
     .pause = kQuotaRetry}};

}  // namespace

const BoundTraits& TraitsOf(DeviceBound bound) {
  return kTraits[static_cast<size_t>(bound)];
}

PaceAnswer Take(const BoundTraits& traits, uint64_t count, int64_t now_unix_ns, Pace& pace) {
  const int64_t within = absl::ToInt64Nanoseconds(traits.within);
  const int64_t age = SubtractSaturated(now_unix_ns, pace.since_unix_ns);
  if (age < 0 || age >= within) {
    const bool goes_on = pace.next_unix_ns != 0 && age >= 0 && age - within < within;
    pace = {.since_unix_ns = now_unix_ns, .slowed = goes_on};
  }
  if (pace.count + count <= traits.most) {
    pace.count += count;
    return {};
  }
  PaceAnswer answer{.is_raised = !pace.slowed};
  pace.slowed = true;
  // After a clock was set back, nobody waits longer for it.
  const absl::Duration left = absl::Nanoseconds(pace.next_unix_ns - now_unix_ns);
  const bool is_due = left <= absl::ZeroDuration() || left > traits.pause;
  if (is_due) pace.next_unix_ns = now_unix_ns;
  if (count > traits.most_slowed) {
    answer.wait = absl::Nanoseconds(pace.since_unix_ns + within - now_unix_ns);
  } else if (is_due) {
    pace.next_unix_ns += absl::ToInt64Nanoseconds(traits.pause);
  } else {
    answer.wait = left;
  }
  return answer;
}

PaceAnswer Refuse(const BoundTraits& traits, int64_t now_unix_ns, Pace& pace) {
  const absl::Duration quiet = absl::Nanoseconds(SubtractSaturated(now_unix_ns, pace.next_unix_ns));
  const bool begins = !pace.slowed || quiet > kQuotaQuietAfter;
  if (begins) pace.since_unix_ns = now_unix_ns;
  pace.slowed = true;
  pace.next_unix_ns = now_unix_ns;
  return {.wait = traits.pause, .is_raised = begins};
}

Outcome OutcomeOf(DeviceBound bound) {
  constexpr int kFirst = static_cast<int>(Outcome::kTooManyTables);
  static_assert(static_cast<int>(Outcome::kOverSeries) == kFirst + int{kDeviceBounds} - 1);
  return static_cast<Outcome>(kFirst + static_cast<int>(bound));
}

std::optional<DeviceBound> BoundOf(Outcome outcome) {
  if (outcome < Outcome::kTooManyTables) return std::nullopt;
  return static_cast<DeviceBound>(static_cast<int>(outcome) -
                                  static_cast<int>(Outcome::kTooManyTables));
}

std::string AlertDetail(DeviceBound bound, const DeviceQuotas& quotas) {
  const BoundTraits& traits = TraitsOf(bound);
  switch (bound) {
    case DeviceBound::kBytes:
      return Cat("its records take ", SizeText(quotas.bytes),
                 " (limits.device_bytes): it keeps its data until retention makes room");
    case DeviceBound::kSeries:
      return Cat("it would have more than ", quotas.series,
                 " series (limits.device_series): records with new ones stay on the device");
    case DeviceBound::kTables:
      return Cat("more than ", traits.most, " new tables of series within ",
                 DurationText(traits.within), ": it is slowed to one record with new ones every ",
                 DurationText(traits.pause));
    default:
      return Cat("more than ", traits.most, " new ones within ", DurationText(traits.within),
                 ": it is slowed to ", traits.most_slowed, " every ", DurationText(traits.pause));
  }
}

}  // namespace godwit::collector
