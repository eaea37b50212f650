// The newest value of each series, and the list of series: from the newest record of each table.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/fleet/page_builder.h"
#include "collector/fleet/selection.h"
#include "collector/store/store.h"

namespace godwit::collector {

// The newest of a series that is stored.
struct Newest {
  int64_t time_unix_ns = 0;
  int64_t interval_ns = 0;
  Value value;
};

// By number in `selection`, into which all tables of the device are put. Query-confined.
[[nodiscard]] StatusOr<std::map<uint32_t, Newest>> LoadNewest(StoreReader& reader, int64_t device,
                                                              Selection& selection);

// kNotFound when the pattern selects nothing of the device.
[[nodiscard]] Status CheckSelects(const Selection& selection, const DeviceName& device,
                                  const std::string& glob);

// Query-confined.
class LatestQuery {
 public:
  LatestQuery(StoreReader& reader, const DeviceName& device, std::string glob);

  [[nodiscard]] StatusOr<std::optional<v1::SamplePage>> NextPage();

 private:
  [[nodiscard]] Status Load();

  StoreReader& reader_;
  const DeviceName device_;
  const std::string glob_;
  Selection selection_;
  PageBuilder page_;
  bool loaded_ = false;
  std::map<uint32_t, Newest> newest_;
  std::vector<uint32_t> left_;  // the last is next
};

// Query-confined.
class SeriesQuery {
 public:
  SeriesQuery(StoreReader& reader, const DeviceName& device, std::string glob);

  [[nodiscard]] StatusOr<std::optional<v1::ListSeriesResponse>> NextPage();

 private:
  StoreReader& reader_;
  const DeviceName device_;
  const std::string glob_;
  Selection selection_;
  bool loaded_ = false;
  std::map<uint32_t, Newest> newest_;
  std::vector<uint32_t> left_;  // the last is next
};

}  // namespace godwit::collector
