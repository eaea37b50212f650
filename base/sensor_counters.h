// What a device counts of each of its sensors: one table, a row for each counter. Its order is the
// order of every list of them, and of what a store keeps: a new one goes to the end.
//
// Made from it: the report to the collector, what the collector stores and answers, `godwit device
// show` as text and as JSON, `diagnostics`, and the sums that the `agent` sensor samples. A new
// counter touches this file, device.proto (a field of the same name in SensorState) and the place
// that counts it; one with a metric stands in docs/sensors.md, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace godwit {

// When a device reports a change of a counter; otherwise once an hour, with all the others.
enum class ReportedAtOnce : uint8_t {
  kNever,
  kFirst,  // as soon as it is not 0
  kEach,
};

// What the sum over all sensors is sampled as.
enum class SumOfSensors : uint8_t {
  kNone,
  kCounter,
  kUpDown,
};

// ROW(name, key, one, many, is_bad, reported, sum, metric, unit): the member here, which is also
// the field of SensorState; its key in JSON, which is permanent; the words behind the number in
// `device show` ("": not listed); whether a person must see it; then as the types above say.
#define GODWIT_SENSOR_COUNTERS(ROW)                                                              \
  /* Readings that ended, with an error or without. */                                           \
  ROW(readings, "readings", "", "", false, kNever, kNone, "", "")                                \
  /* Of these, with an error. */                                                                 \
  ROW(failures, "failures", "reading failed", "readings failed", false, kNever, kCounter,        \
      "godwit.sensor.failures", "{reading}")                                                     \
  /* Readings that did not end in time, and ticks skipped because of that. */                    \
  ROW(timed_out, "given_up", "reading timed out", "readings timed out", false, kFirst, kCounter, \
      "godwit.sensor.given_up", "{reading}")                                                     \
  /* Ticks: suspended, or the agent was too busy. */                                             \
  ROW(missed, "missed", "tick missed", "ticks missed", false, kFirst, kCounter,                  \
      "godwit.sensor.missed", "{tick}")                                                          \
  /* Now, and sampled. */                                                                        \
  ROW(series, "series", "", "", false, kEach, kUpDown, "godwit.series.count", "{series}")        \
  /* Series now that wait, are beyond a limit, or another sensor's. */                           \
  ROW(not_sampled, "not_sampled", "series not sampled", "series not sampled", true, kEach,       \
      kUpDown, "godwit.series.not_sampled", "{series}")                                          \
  /* Values so far that were not taken (codec/sensor.h). */                                      \
  ROW(refused, "refused", "value refused", "values refused", true, kFirst, kCounter,             \
      "godwit.sensor.refused", "{value}")

// Of one sensor since the agent's start.
struct SensorCounters {
#define GODWIT_ROW(name, ...) uint64_t name = 0;
  GODWIT_SENSOR_COUNTERS(GODWIT_ROW)
#undef GODWIT_ROW
};

struct SensorCounter {
  std::string_view name;
  std::string_view key;
  uint64_t SensorCounters::*member;
  const char* one;
  const char* many;
  bool is_bad;
  ReportedAtOnce reported;
  SumOfSensors sum;
  const char* metric;
  const char* unit;
};

inline constexpr SensorCounter kSensorCounters[] = {
#define GODWIT_ROW(name, key, one, many, is_bad, reported, sum, metric, unit) \
  {#name,  key,    &SensorCounters::name,    one,                             \
   many,   is_bad, ReportedAtOnce::reported, SumOfSensors::sum,               \
   metric, unit},
    GODWIT_SENSOR_COUNTERS(GODWIT_ROW)
#undef GODWIT_ROW
};

// Puts the counters into a message with a field for each (SensorState of device.proto).
template <typename Message>
void PutSensorCounters(const SensorCounters& counters, Message& message) {
#define GODWIT_ROW(name, ...) message.set_##name(counters.name);
  GODWIT_SENSOR_COUNTERS(GODWIT_ROW)
#undef GODWIT_ROW
}

// Returns the counters of such a message.
template <typename Message>
SensorCounters SensorCountersIn(const Message& message) {
  SensorCounters counters;
#define GODWIT_ROW(name, ...) counters.name = message.name();
  GODWIT_SENSOR_COUNTERS(GODWIT_ROW)
#undef GODWIT_ROW
  return counters;
}

}  // namespace godwit
