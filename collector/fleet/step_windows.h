// Aggregates samples step by step: one value of each series for each step that has some.
//
// Steps are [k * step, (k + 1) * step) of the epoch, or the whole range in one.
//   mean   of the numbers, with compensated summation (Neumaier 1974); NaN if one is NaN
//   min    max: of the numbers that are not NaN, if there are any; of integers an integer
//   last   the newest of any kind; count: of any kind
//   rate   of counters only: growth a second over the window that ends with the step, at the
//          beginning of which there may be older samples. A sample that is less than the previous
//          one is a reset: it counts from 0. As Prometheus' extrapolatedRate
//          (promql/functions.go, 2.42): the growth between the first and the last sample is
//          extended to the window's ends, as far as samples can be expected there and a counter
//          does not fall below 0. The step that has the newest sample of all series is the last,
//          and its window ends with that sample, because the rest of it is not known yet.
// Pure, query-confined.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "codec/value.h"
#include "collector/store/store.h"

namespace godwit::collector {

enum class Aggregate { kMean, kMin, kMax, kLast, kCount, kRate };

// A part of a counter's window, which can be merged with the next one.
struct Growth {
  uint64_t samples = 0;
  int64_t first_ns = 0;
  int64_t last_ns = 0;
  Value first;
  Value last;
  double increase = 0;  // resets taken into account

  void Add(int64_t time_ns, const Value& value);
  void Append(const Growth& next);
};
// Returns the rate a second; nothing with fewer than two samples.
std::optional<double> RateOf(const Growth& growth, int64_t begin_ns, int64_t end_ns);

// The aggregate of one step of one series, for all but rates.
struct Summary {
  uint64_t samples = 0;
  double sum = 0;
  double correction = 0;  // of the sum
  Value chosen;           // least, greatest or last

  void Add(Aggregate aggregate, const Value& value);
  Value Of(Aggregate aggregate) const;
};

class StepWindows {
 public:
  struct Options {
    Aggregate aggregate = Aggregate::kMean;
    TimeRange range;                 // what counts when step_ns is 0
    int64_t step_ns = 0;             // 0: the whole range
    int64_t window_steps = 1;        // of a rate
    int64_t first_step_unix_ns = 0;  // steps before it are left out; 0: none are
  };
  struct Row {
    uint32_t series = 0;
    int64_t time_unix_ns = 0;  // the beginning of the step
    Value value;
  };

  explicit StepWindows(const Options& options) : options_(options) {}

  // Sets the time of the values added next; it never goes back.
  void Advance(int64_t time_unix_ns) { next_unix_ns_ = time_unix_ns; }
  // Adds a value, after closing the steps that are over by now, if the value counts.
  void Add(uint32_t series, const Value& value);
  void End();

  // By step, then series.
  std::deque<Row>& rows() { return rows_; }

 private:
  struct State {
    Summary summary;
    std::deque<Growth> growth;  // the last is that of the open step
  };

  int64_t StepAt(int64_t time_unix_ns) const;
  void MoveTo(int64_t time_unix_ns);
  void Close(bool is_last = false);
  void CloseRate(uint32_t series, State& state, bool is_last);
  void Report(uint32_t series, Value value);

  const Options options_;
  std::vector<State> states_;  // by series
  std::deque<Row> rows_;
  bool open_ = false;
  int64_t step_ = 0;  // the open one: its number
  int64_t next_unix_ns_ = 0;
  int64_t first_unix_ns_ = 0;  // of all samples that count
  int64_t now_unix_ns_ = 0;    // the last of them
  bool live_ = false;          // a window still has samples after the last close
};

}  // namespace godwit::collector
