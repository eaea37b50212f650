// Finds the newest value of each series, and the list of series, from the newest record of each
// table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/fleet/page_builder.h"
#include "collector/fleet/selection.h"
#include "collector/fleet/turn.h"
#include "collector/store/store.h"

namespace godwit::collector {

// The newest stored value of a series.
struct Newest {
  int64_t time_unix_ns = 0;
  int64_t interval_ns = 0;
  Value value;
};

// Finds the newest value of each selected series of a device. Query-confined.
class NewestLoader {
 public:
  // Both outlive it.
  NewestLoader(StoreReader& reader, Selection& selection)
      : reader_(reader), selection_(selection) {}

  // Adds all tables of the device to the selection. Returns false if the turn is over first; then
  // it is called again.
  [[nodiscard]] StatusOr<bool> Load(int64_t device, const Turn& turn);
  // Returns the newest values by number in the selection.
  const std::map<uint32_t, Newest>& values() const { return values_; }

 private:
  StoreReader& reader_;
  Selection& selection_;
  bool started_ = false;
  std::vector<TableId> tables_;  // not selected from yet
  std::vector<Head> heads_;      // newest first; the last is next
  std::map<uint32_t, Newest> values_;
};

// Returns kNotFound if the pattern selects nothing of the device.
[[nodiscard]] Status CheckSelects(const Selection& selection, const DeviceName& device,
                                  const std::string& glob);

// Query-confined.
class LatestQuery {
 public:
  LatestQuery(StoreReader& reader, const DeviceName& device, std::string glob);

  // Nothing at the end, or when the turn is over first.
  [[nodiscard]] StatusOr<std::optional<v1::SamplePage>> NextPage(
      const Turn& turn = Turn::Endless());

 private:
  const DeviceName device_;
  const std::string glob_;
  Selection selection_;
  PageBuilder page_;
  NewestLoader newest_;
  bool loaded_ = false;
  std::vector<uint32_t> left_;  // the last is next
};

// Query-confined.
class SeriesQuery {
 public:
  SeriesQuery(StoreReader& reader, const DeviceName& device, std::string glob);

  // Nothing at the end, or when the turn is over first.
  [[nodiscard]] StatusOr<std::optional<v1::ListSeriesResponse>> NextPage(
      const Turn& turn = Turn::Endless());

 private:
  const DeviceName device_;
  const std::string glob_;
  Selection selection_;
  NewestLoader newest_;
  bool loaded_ = false;
  std::vector<uint32_t> left_;  // the last is next
};

}  // namespace godwit::collector
