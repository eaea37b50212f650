// The columns of one group: those that its sensor yields, and those that are sampled. They differ
// while a new layout waits for its turn (layout_pacer.h): what was sampled before goes on, a series
// that is gone is null, and a new one waits.
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
  // From here on the sensor yields `table`, of which `admitted` are the columns that may be
  // sampled, ascending. True when the layout that is wanted is not the one that is sampled: the
  // group waits until TakeWanted.
  bool SetYielded(const Table& table, std::vector<size_t> admitted);
  // The layout that is wanted is sampled from here on.
  void TakeWanted();

  const Table& yielded() const { return yielded_; }
  const std::vector<size_t>& admitted() const { return admitted_; }
  // The admitted columns, as a table of their own.
  Table Wanted() const;
  bool waiting() const { return sampled_.has_value(); }
  // A layout with series was sampled at some time.
  bool had_series() const { return had_series_; }
  // Admitted series that are not sampled yet. Empty unless it waits.
  const std::vector<size_t>& waiting_series() const { return waiting_series_; }

  // The values of the sampled columns out of those that the sensor yields; null: all null. The
  // result is valid until the next call.
  const std::vector<Value>& Row(const std::vector<Value>* values);

 private:
  void MapColumns();

  Table yielded_;
  std::vector<size_t> admitted_;
  std::optional<Table> sampled_;  // while it waits; else Wanted()
  // Of each sampled column, its place in the yielded table; none for a series that is gone.
  std::vector<std::optional<size_t>> places_;
  std::vector<size_t> waiting_series_;  // places in the yielded table
  bool had_series_ = false;
  std::vector<Value> row_;
};

}  // namespace godwit::agent
