// Samples by time, or what becomes of them step by step.
#pragma once

#include <memory>
#include <optional>
#include <string>

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

// Query-confined.
class RangeQuery {
 public:
  // kInvalidArgument when the options contradict each other, kNotFound when they select nothing.
  [[nodiscard]] static StatusOr<std::unique_ptr<RangeQuery>> Open(StoreReader& reader,
                                                                  const DeviceName& device,
                                                                  RangeQueryOptions options);

  // Nothing at the end.
  [[nodiscard]] StatusOr<std::optional<v1::SamplePage>> NextPage();

 private:
  RangeQuery(StoreReader& reader, const DeviceName& device, const RangeQueryOptions& options);
  [[nodiscard]] Status Prepare(StoreReader& reader, const DeviceName& device,
                               const RangeQueryOptions& options);
  [[nodiscard]] Status FillRaw();
  [[nodiscard]] Status FillSteps();

  Selection selection_;
  PageBuilder page_;
  std::optional<TimeWalk> walk_;
  std::optional<TimeWalk::Step> at_;  // the step in hand, of samples as they are
  size_t column_ = 0;                 // of it
  std::optional<StepWindows> windows_;
  bool at_end_ = false;
};

}  // namespace godwit::collector
