// The series of a sensor that learns them from its input, bounded in number. New ones become
// columns at the next tick; agent/sampling/layout_pacer.h limits how often a device takes a new
// layout.
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

// A set of learned series. Thread-compatible.
class LearnedSeries {
 public:
  LearnedSeries(size_t max, std::map<std::string, std::string> attributes)
      : max_(max), attributes_(std::move(attributes)) {}

  // Returns the number of the series, always the same one. Numbers count from 0 and change only in
  // Update. kResourceExhausted: there is no room for another series; kInvalidArgument: it is not a
  // valid series.
  [[nodiscard]] StatusOr<size_t> Number(const Series& series);

  // Sets the kind of the series' column from the next Update on. Number still takes the old kind.
  void SetKind(size_t number, Kind kind);

  // Makes new series columns; to be called at each tick, before its values are taken. If there was
  // no room for a series, those that were not used for an hour are removed. Returns true if the
  // table has changed.
  bool Update(int64_t now_ns);

  const Table& table() const { return table_; }
  // Returns how many series have numbers: those behind the table's become columns at the next tick.
  size_t size() const { return entries_.size(); }
  // Returns the new number of each number from before the last Update that returned true; none for
  // a removed series.
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
  std::optional<int64_t> updated_ns_;  // the last Update, on the wall clock
  // The time since the first Update; a step of the wall clock counts for little.
  int64_t passed_ns_ = 0;
  bool full_ = false;          // a series was refused since the last Update
  bool kind_changed_ = false;  // since the table was made
};

}  // namespace godwit::agent
