// The series of a sensor that learns them from what it is sent: at most so many, whatever comes.
// New ones are columns from the next tick on; how often a device takes a new layout is bounded
// where it is sampled (agent/sampling/layout_pacer.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "codec/table.h"

namespace godwit::agent {

// Thread-compatible.
class LearnedSeries {
 public:
  LearnedSeries(size_t max, std::map<std::string, std::string> attributes)
      : max_(max), attributes_(std::move(attributes)) {}

  // Returns a number for the series, the same each time. Numbers count from 0 and change only in
  // Settle. kResourceExhausted: there is no room for another; kInvalidArgument: it is no series.
  [[nodiscard]] StatusOr<size_t> Number(const Series& series);

  // From the next Settle on the series' column is of this kind. Number knows it as before.
  void SetKind(size_t number, Kind kind);

  // To be called at each tick, before its values are taken. New series become columns; when there
  // was no room for one, those that were not asked for in an hour go. True when the table has
  // changed.
  bool Update(int64_t now_ns);

  const Table& table() const { return table_; }
  // How many there are numbers for: those behind the table's become columns at the next tick.
  size_t size() const { return entries_.size(); }
  // Where the numbers are now that were there before the last Settle that returned true; none for
  // one that has gone.
  const std::vector<std::optional<size_t>>& moved() const { return moved_; }

 private:
  struct Entry {
    Series series;
    Kind kind = Kind::kGauge;  // of its column
    int64_t asked_ns = 0;      // in the time that has passed
  };

  void KeepNumbers();
  bool Forget();

  const size_t max_;
  const std::map<std::string, std::string> attributes_;
  std::vector<Entry> entries_;
  std::map<Series, size_t> numbers_;
  Table table_;
  std::vector<std::optional<size_t>> moved_;
  std::optional<int64_t> updated_ns_;  // the last Settle, on the wall clock
  // Since the first Settle; a step of the wall clock counts for little.
  int64_t passed_ns_ = 0;
  bool full_ = false;          // somebody was refused since the last Settle
  bool kind_changed_ = false;  // since the table was made
};

}  // namespace godwit::agent
