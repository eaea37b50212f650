// How the readings of one run have to be sampled while its sensors change their series, by the rule
// that docs/sensors.md states and in a way of its own: it shares nothing with the agent's pacer.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "absl/time/time.h"
#include "codec/table.h"
#include "codec/value.h"

namespace godwit::sim {

class LayoutRule {
 public:
  // The row that a reading makes.
  struct Row {
    Table table;
    std::vector<Value> values;
    bool waits = false;  // a newer layout does
  };
  // The series that a group has before it is read. None: its first layout comes with a reading.
  void Start(size_t group, const Table& yielded);
  // A reading of a group that now yields `yielded`, `now` on the boot clock. The readings of all
  // groups come in the order in which they were taken. Only one group may change its series: which
  // of several comes first is not for this rule to say.
  Row Apply(size_t group, const Table& yielded, const std::vector<Value>& values,
            absl::Duration now);

 private:
  bool MayTake(size_t group, const TableId& layout, absl::Duration now);

  std::map<size_t, Table> sampled_;  // by group; none before its first layout with series
  std::set<TableId> known_;
  int tokens_ = 16;
  absl::Duration refilled_at_;  // when the count of tokens last grew, or was full
};

}  // namespace godwit::sim
