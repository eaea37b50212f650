// Keeps the series of a sensor that learns them from its input, at most a given number. A new
// series becomes a column at the next tick. agent/sampling/layout_pacer.h limits how often the
// layout of a device changes.
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

// A numbered set of learned series. Thread-compatible.
class LearnedSeries {
 public:
  // Holds at most `max` series. The table's series have `attributes` besides their own.
  LearnedSeries(size_t max, std::map<std::string, std::string> attributes)
      : max_(max), attributes_(std::move(attributes)) {}

  // Returns the number of the series, after adding it if it is new; notes that it is in use.
  // Numbers count from 0 and change only in Update. kResourceExhausted: there is no room for
  // another series; kInvalidArgument: it is not a valid series.
  [[nodiscard]] StatusOr<size_t> Number(const Series& series);

  // Sets the kind of the series' column from the next Update on. A caller of Number must still pass
  // the series with the kind that it was added with.
  void SetKind(size_t number, Kind kind);

  // Adds the new series to the table; must be called at each tick, before its values are read. If a
  // series was refused for lack of room since the last Update, those that were not passed to Number
  // for an hour are removed. `now_ns` is wall time. Returns true if the table has changed.
  bool Update(int64_t now_ns);

  const Table& table() const { return table_; }
  // Returns how many series have numbers. Those whose number is not below the size of the table
  // become columns at the next tick.
  size_t size() const { return entries_.size(); }
  // Maps the numbers from before the last Update that returned true to those after it; none for a
  // removed series.
  const std::vector<std::optional<size_t>>& moved() const { return moved_; }

 private:
  struct Entry {
    Series series;
    Kind kind = Kind::kGauge;  // of its column
    int64_t asked_ns = 0;      // the last call of Number, in passed_ns_
  };

  void KeepNumbers();
  bool Forget();

  const size_t max_;
  const std::map<std::string, std::string> attributes_;
  std::vector<Entry> entries_;
  std::map<Series, size_t> numbers_;
  Table table_;
  std::vector<std::optional<size_t>> moved_;
  std::optional<int64_t> updated_ns_;  // the last Update, on the wall clock
  // The time since the first Update; a step of the wall clock counts for little.
  int64_t passed_ns_ = 0;
  bool full_ = false;          // a series was refused since the last Update
  bool kind_changed_ = false;  // since the table was made
};

}  // namespace godwit::agent
