#include "collector/fleet/step_windows.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <variant>

#include "collector/store/boot_clock.h"

namespace godwit::collector {
namespace {

double Seconds(int64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

bool IsNumber(const Value& value) {
  return std::holds_alternative<int64_t>(value) || std::holds_alternative<double>(value);
}

bool IsNan(const Value& value) {
  const auto* number = std::get_if<double>(&value);
  return number != nullptr && std::isnan(*number);
}

// Wide enough for every integer on x86-64 and arm64.
long double Wide(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return *integer;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return 0;
}

}  // namespace

void Growth::Add(int64_t time_ns, const Value& value) {
  if (samples++ == 0) {
    first_ns = time_ns;
    first = value;
  } else {
    const long double grown = Wide(value) - Wide(last);
    increase += static_cast<double>(grown < 0 ? Wide(value) : grown);
  }
  last_ns = time_ns;
  last = value;
}

void Growth::Append(const Growth& next) {
  if (next.samples == 0) return;
  if (samples == 0) {
    *this = next;
    return;
  }
  const long double grown = Wide(next.first) - Wide(last);
  increase += static_cast<double>(grown < 0 ? Wide(next.first) : grown) + next.increase;
  samples += next.samples;
  last_ns = next.last_ns;
  last = next.last;
}

std::optional<double> RateOf(const Growth& growth, int64_t begin_ns, int64_t end_ns) {
  if (growth.samples < 2 || growth.last_ns <= growth.first_ns) return std::nullopt;
  const double sampled = Seconds(growth.last_ns - growth.first_ns);
  const double between = sampled / static_cast<double>(growth.samples - 1);
  double to_begin = Seconds(growth.first_ns - begin_ns);
  const double to_end = Seconds(end_ns - growth.last_ns);
  const double first = static_cast<double>(Wide(growth.first));
  // Where the counter would have been 0 it began.
  if (growth.increase > 0 && first >= 0) {
    to_begin = std::min(to_begin, sampled * (first / growth.increase));
  }
  // Farther away than that, a sample would have been expected: the series begins or ends here.
  const double threshold = between * 1.1;
  const double extended = sampled + (to_begin < threshold ? to_begin : between / 2) +
                          (to_end < threshold ? to_end : between / 2);
  return growth.increase * (extended / sampled) / Seconds(end_ns - begin_ns);
}

void Summary::Add(Aggregate aggregate, const Value& value) {
  switch (aggregate) {
    case Aggregate::kMean: {
      if (!IsNumber(value)) return;
      const auto number = static_cast<double>(Wide(value));
      const double next = sum + number;
      correction +=
          std::abs(sum) >= std::abs(number) ? (sum - next) + number : (number - next) + sum;
      sum = next;
      break;
    }
    case Aggregate::kMin:
    case Aggregate::kMax: {
      if (!IsNumber(value)) return;
      const bool less = Wide(value) < Wide(chosen);
      const bool greater = Wide(value) > Wide(chosen);
      const bool better =
          samples == 0 || IsNan(chosen) || (aggregate == Aggregate::kMin ? less : greater);
      if (better) chosen = value;
      break;
    }
    case Aggregate::kLast:
      chosen = value;
      break;
    case Aggregate::kCount:
    case Aggregate::kRate:
      break;
  }
  ++samples;
}

Value Summary::Of(Aggregate aggregate) const {
  if (samples == 0) return std::monostate{};
  if (aggregate == Aggregate::kCount) return static_cast<int64_t>(samples);
  if (aggregate != Aggregate::kMean) return chosen;
  // An infinite sum has no correction.
  return (std::isfinite(sum) ? sum + correction : sum) / static_cast<double>(samples);
}

int64_t StepWindows::StepAt(int64_t time_unix_ns) const {
  if (options_.step_ns == 0) return 0;
  const int64_t step = time_unix_ns / options_.step_ns;
  return time_unix_ns < step * options_.step_ns ? step - 1 : step;
}

void StepWindows::MoveTo(int64_t time_unix_ns) {
  const int64_t step = StepAt(time_unix_ns);
  if (!open_) {
    open_ = true;
    step_ = step;
    first_unix_ns_ = time_unix_ns;
  }
  // Steps without a sample matter as long as a window reaches back to one.
  while (step_ < step) {
    Close();
    step_ = live_ ? step_ + 1 : step;
  }
  now_unix_ns_ = time_unix_ns;
}

void StepWindows::Add(uint32_t series, const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return;
  if (options_.aggregate == Aggregate::kRate && !IsNumber(value)) return;
  MoveTo(next_unix_ns_);
  if (states_.size() <= series) states_.resize(series + 1);
  State& state = states_[series];
  if (options_.aggregate != Aggregate::kRate) {
    state.summary.Add(options_.aggregate, value);
  } else {
    if (state.growth.empty()) state.growth.emplace_back();
    state.growth.back().Add(now_unix_ns_, value);
  }
}

void StepWindows::End() {
  if (!open_) return;
  Close(true);
  open_ = false;
}

void StepWindows::Close(bool is_last) {
  live_ = false;
  for (uint32_t series = 0; series < states_.size(); ++series) {
    State& state = states_[series];
    if (options_.aggregate == Aggregate::kRate) {
      CloseRate(series, state, is_last);
    } else {
      Report(series, state.summary.Of(options_.aggregate));
      state.summary = {};
    }
  }
}

void StepWindows::CloseRate(uint32_t series, State& state, bool is_last) {
  if (state.growth.empty()) return;
  Growth window;
  for (const Growth& growth : state.growth) window.Append(growth);
  int64_t begin = first_unix_ns_;
  int64_t end = now_unix_ns_;
  if (options_.step_ns > 0) {
    end = (step_ + 1) * options_.step_ns;
    begin = end - options_.window_steps * options_.step_ns;
    if (is_last) end = now_unix_ns_;
  } else {
    if (options_.range.since_unix_ns != 0) begin = options_.range.since_unix_ns;
    if (options_.range.until_unix_ns != 0) end = options_.range.until_unix_ns;
  }
  if (const auto rate = RateOf(window, begin, end)) Report(series, *rate);
  state.growth.emplace_back();
  while (static_cast<int64_t>(state.growth.size()) > options_.window_steps) {
    state.growth.pop_front();
  }
  const bool has_samples = std::any_of(state.growth.begin(), state.growth.end(),
                                       [](const Growth& growth) { return growth.samples > 0; });
  if (has_samples) {
    live_ = true;
  } else {
    state.growth.clear();
  }
}

void StepWindows::Report(uint32_t series, Value value) {
  if (std::holds_alternative<std::monostate>(value)) return;
  int64_t time = step_ * options_.step_ns;
  if (options_.step_ns == 0) {
    time = options_.range.since_unix_ns != 0 ? options_.range.since_unix_ns : first_unix_ns_;
  }
  if (options_.first_step_unix_ns != 0 && time < options_.first_step_unix_ns) return;
  rows_.push_back({series, time, std::move(value)});
}

}  // namespace godwit::collector
