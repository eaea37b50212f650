// Returns samples by time, or an aggregate of them for each step.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "collector/fleet/latest_query.h"
#include "collector/fleet/page_builder.h"
#include "collector/fleet/step_windows.h"
#include "collector/fleet/time_walk.h"
#include "collector/store/store.h"

namespace godwit::collector {

struct RangeQueryOptions {
  std::string glob;
  TimeRange times;
  std::optional<Aggregate> aggregate;  // nothing: the samples themselves
  int64_t step_ns = 0;
  int64_t window_ns = 0;
};

RangeQueryOptions OptionsOf(const v1::QueryRequest& request);

// A query of a time range. Query-confined.
class RangeQuery {
 public:
  // Opens a query. kInvalidArgument: the options contradict each other.
  [[nodiscard]] static StatusOr<std::unique_ptr<RangeQuery>> Open(StoreReader& reader,
                                                                  const DeviceName& device,
                                                                  RangeQueryOptions options);

  // Returns the next page; nothing at the end, or if the turn is over first. kNotFound: the options
  // select nothing.
  [[nodiscard]] StatusOr<std::optional<v1::SamplePage>> NextPage(
      const Turn& turn = Turn::Endless());

 private:
  RangeQuery(StoreReader& reader, const DeviceName& device, RangeQueryOptions options);
  // Prepares the walk, once the newest values are loaded.
  [[nodiscard]] Status Prepare();
  [[nodiscard]] Status FillRaw(const Turn& turn);
  [[nodiscard]] Status FillSteps(const Turn& turn);

  StoreReader& reader_;
  const DeviceName device_;
  const RangeQueryOptions options_;
  Selection selection_;
  PageBuilder page_;
  NewestLoader newest_;
  std::optional<TimeWalk> walk_;
  std::optional<TimeWalk::Step> at_;  // the step in hand, of samples as they are
  size_t column_ = 0;                 // of it
  std::optional<StepWindows> windows_;
  bool at_end_ = false;
};

}  // namespace godwit::collector
