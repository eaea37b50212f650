#include "collector/fleet/range_query.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/boot_clock.h"

namespace godwit::collector {
namespace {

// Prometheus needs two samples for a rate; four intervals have them whatever one scrape does.
constexpr int64_t kRateIntervals = 4;

// Of a walk whose values are decoded already; a tick has at most kQuerySeriesMax of them.
constexpr uint32_t kTicksPerCheck = 16;

bool IsCounter(const Series& series) {
  return series.kind == Kind::kCounter;
}

bool IsNoState(const Series& series) {
  return series.kind != Kind::kState;
}

// Which series an aggregate has a meaning for.
Selection::Accepts AcceptedBy(const std::optional<Aggregate>& aggregate) {
  if (!aggregate || *aggregate == Aggregate::kLast || *aggregate == Aggregate::kCount) {
    return nullptr;
  }
  return *aggregate == Aggregate::kRate ? IsCounter : IsNoState;
}

int64_t DownTo(int64_t time, int64_t step) {
  const int64_t down = time / step * step;
  return down > time ? down - step : down;
}

Status CheckOptions(const RangeQueryOptions& options) {
  const TimeRange& times = options.times;
  if (options.step_ns < 0 || options.window_ns < 0) {
    return Error(StatusCode::kInvalidArgument, "step and window must not be negative");
  }
  if (!options.aggregate && (options.step_ns > 0 || options.window_ns > 0)) {
    return Error(StatusCode::kInvalidArgument,
                 "a step needs an aggregate: mean, min, max, last, count or rate");
  }
  if (options.window_ns > 0 && (options.aggregate != Aggregate::kRate || options.step_ns == 0)) {
    return Error(StatusCode::kInvalidArgument, "a window needs the aggregate rate and a step");
  }
  if (times.since_unix_ns != 0 && times.until_unix_ns != 0 &&
      times.since_unix_ns >= times.until_unix_ns) {
    return Error(StatusCode::kInvalidArgument, "the range ends before it begins");
  }
  return absl::OkStatus();
}

std::optional<Aggregate> AggregateOf(v1::Aggregate aggregate) {
  switch (aggregate) {
    case v1::AGGREGATE_MEAN:
      return Aggregate::kMean;
    case v1::AGGREGATE_MIN:
      return Aggregate::kMin;
    case v1::AGGREGATE_MAX:
      return Aggregate::kMax;
    case v1::AGGREGATE_LAST:
      return Aggregate::kLast;
    case v1::AGGREGATE_COUNT:
      return Aggregate::kCount;
    case v1::AGGREGATE_RATE:
      return Aggregate::kRate;
    default:
      return std::nullopt;
  }
}

}  // namespace

RangeQueryOptions OptionsOf(const v1::QueryRequest& request) {
  return {.glob = request.series_glob(),
          .times = {request.since_unix_ns(), request.until_unix_ns()},
          .aggregate = AggregateOf(request.aggregate()),
          .step_ns = request.step_ns(),
          .window_ns = request.window_ns()};
}

RangeQuery::RangeQuery(StoreReader& reader, const DeviceName& device, RangeQueryOptions options)
    : reader_(reader),
      device_(device),
      options_(std::move(options)),
      selection_(reader, options_.glob, AcceptedBy(options_.aggregate)),
      page_(device.id, selection_),
      newest_(reader, selection_) {}

StatusOr<std::unique_ptr<RangeQuery>> RangeQuery::Open(StoreReader& reader,
                                                       const DeviceName& device,
                                                       RangeQueryOptions options) {
  GODWIT_RETURN_IF_ERROR(CheckOptions(options));
  return std::unique_ptr<RangeQuery>(new RangeQuery(reader, device, std::move(options)));
}

Status RangeQuery::Prepare() {
  if (selection_.size() == 0 && AcceptedBy(options_.aggregate) != nullptr) {
    const bool rate = options_.aggregate == Aggregate::kRate;
    return Error(
        StatusCode::kNotFound,
        Cat("no ", rate ? "counter" : "number", " of ", device_.name, " matches '", options_.glob,
            "'; for the kinds of series, see: godwit series ls -d ", device_.name));
  }
  GODWIT_RETURN_IF_ERROR(CheckSelects(selection_, device_, options_.glob));
  TimeRange times = options_.times;
  if (!options_.aggregate) {
    walk_.emplace(reader_, selection_, device_.key, times);
    return absl::OkStatus();
  }
  StepWindows::Options steps{
      .aggregate = *options_.aggregate, .range = times, .step_ns = options_.step_ns};
  if (options_.step_ns > 0 && times.since_unix_ns != 0) {
    times.since_unix_ns = DownTo(times.since_unix_ns, options_.step_ns);
    steps.first_step_unix_ns = times.since_unix_ns;
  }
  if (options_.aggregate == Aggregate::kRate && options_.step_ns > 0) {
    int64_t window = options_.window_ns;
    for (const auto& [series, value] : newest_.values()) {
      if (options_.window_ns == 0) window = std::max(window, kRateIntervals * value.interval_ns);
    }
    steps.window_steps = std::max<int64_t>((window + options_.step_ns - 1) / options_.step_ns, 1);
    if (steps.window_steps > kRateStepsMax) {
      return Error(StatusCode::kInvalidArgument,
                   Cat("a window of more than ", kRateStepsMax, " steps; use a longer step"));
    }
    if (times.since_unix_ns != 0) {
      times.since_unix_ns -= (steps.window_steps - 1) * options_.step_ns;
    }
  }
  walk_.emplace(reader_, selection_, device_.key, times);
  windows_.emplace(steps);
  return absl::OkStatus();
}

StatusOr<std::optional<v1::SamplePage>> RangeQuery::NextPage(const Turn& turn) {
  if (!walk_) {
    GODWIT_ASSIGN_OR_RETURN(const bool loaded, newest_.Load(device_.key, turn));
    if (!loaded) return std::nullopt;
    GODWIT_RETURN_IF_ERROR(Prepare());
  }
  GODWIT_RETURN_IF_ERROR(windows_ ? FillSteps(turn) : FillRaw(turn));
  if (page_.empty()) return std::nullopt;
  return page_.Take();
}

Status RangeQuery::FillRaw(const Turn& turn) {
  while (!page_.full()) {
    if (!at_) {
      GODWIT_ASSIGN_OR_RETURN(at_, walk_->Next(turn));
      column_ = 0;
      if (!at_) return absl::OkStatus();
    }
    const auto& columns = at_->piece->columns;
    for (; column_ < columns.size() && !page_.full(); ++column_) {
      page_.Add(columns[column_].series, at_->time_unix_ns, columns[column_].column.At(at_->tick));
    }
    if (column_ == columns.size()) at_.reset();
  }
  return absl::OkStatus();
}

Status RangeQuery::FillSteps(const Turn& turn) {
  for (uint32_t ticks = 1; !page_.full(); ++ticks) {
    auto& rows = windows_->rows();
    if (!rows.empty()) {
      page_.Add(rows.front().series, rows.front().time_unix_ns, rows.front().value);
      rows.pop_front();
      continue;
    }
    if (at_end_) return absl::OkStatus();
    if (ticks % kTicksPerCheck == 0 && turn.over()) return absl::OkStatus();
    GODWIT_ASSIGN_OR_RETURN(const auto step, walk_->Next(turn));
    if (!step) {
      if (turn.over()) return absl::OkStatus();
      windows_->End();
      at_end_ = true;
      continue;
    }
    windows_->Advance(step->time_unix_ns);
    for (const Piece::Selected& selected : step->piece->columns) {
      windows_->Add(selected.series, selected.column.At(step->tick));
    }
  }
  return absl::OkStatus();
}

}  // namespace godwit::collector
