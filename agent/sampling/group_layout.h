// The columns of one group: those that its sensor yields, and those that are sampled. They differ
// while a new layout waits for its turn (layout_pacer.h): the series sampled before continue, a
// series that is gone is null, and a new one waits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codec/sensor.h"
#include "codec/table.h"

namespace godwit::agent {

// Loop-confined.
class GroupLayout {
 public:
  // Sets the table that the sensor yields from here on. `admitted` are the columns that may be
  // sampled, ascending. Returns true if the wanted layout is not the sampled one: the group waits
  // until TakeWanted.
  bool SetYielded(const Table& table, std::vector<size_t> admitted);
  // Samples the wanted layout from here on.
  void TakeWanted();

  const Table& yielded() const { return yielded_; }
  const std::vector<size_t>& admitted() const { return admitted_; }
  // Returns the admitted columns as a table.
  Table Wanted() const;
  bool waiting() const { return sampled_.has_value(); }
  // Returns whether a layout with series has ever been sampled.
  bool had_series() const { return had_series_; }
  // Returns the admitted series that are not sampled yet. Empty unless the group waits.
  const std::vector<size_t>& waiting_series() const { return waiting_series_; }

  // Returns the values of the sampled columns out of those that the sensor yields; null: all null.
  // Valid until the next call.
  const std::vector<Value>& Row(const std::vector<Value>* values);

 private:
  void MapColumns();

  Table yielded_;
  std::vector<size_t> admitted_;
  std::optional<Table> sampled_;  // while it waits; else Wanted()
  // The place of each sampled column in the yielded table; none for a series that is gone.
  std::vector<std::optional<size_t>> places_;
  std::vector<size_t> waiting_series_;  // places in the yielded table
  bool had_series_ = false;
  std::vector<Value> row_;
};

}  // namespace godwit::agent
