// The series of a sensor that learns them from what it is sent: at most so many, whatever comes.
// New ones wait for the next change of the group, and the group changes at most once a minute:
// each change is a table to be stored and sent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codec/table.h"

namespace godwit::agent {

// Thread-compatible.
class SeriesBook {
 public:
  SeriesBook(size_t max, std::map<std::string, std::string> attributes)
      : max_(max), attributes_(std::move(attributes)) {}

  // A number for the series, the same each time; none when there is no room for another. Numbers
  // count from 0 and change only in Settle.
  std::optional<size_t> Number(const Series& series);

  // To be called at each tick, before its values are taken. New series become columns if a minute
  // has passed since the last did; when there is no room, those that were not asked for in an hour
  // go. True when the table has changed.
  bool Settle(int64_t now_ns);

  const Table& table() const { return table_; }
  // How many there are numbers for: those behind the table's wait to become columns.
  size_t size() const { return entries_.size(); }
  // Where the numbers are now that were there before the last Settle that returned true; none for
  // one that has gone.
  const std::vector<std::optional<size_t>>& moved() const { return moved_; }
  // How often there was no room.
  uint64_t refused() const { return refused_; }

 private:
  struct Entry {
    Series series;
    int64_t asked_ns = 0;
  };

  bool Forget(int64_t now_ns);

  const size_t max_;
  const std::map<std::string, std::string> attributes_;
  std::vector<Entry> entries_;
  std::map<Series, size_t> numbers_;
  Table table_;
  std::vector<std::optional<size_t>> moved_;
  int64_t now_ns_ = 0;
  int64_t changed_ns_ = 0;
  bool full_ = false;  // somebody was refused since the last Settle
  uint64_t refused_ = 0;
};

}  // namespace godwit::agent
