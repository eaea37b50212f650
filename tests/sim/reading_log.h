// What the sensors of one run gave, in order, and whether what the agent made of it says the same:
// each reading in one batch, once, in its place, with every value and its time.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/names.h"
#include "codec/batch.h"
#include "codec/value.h"

namespace godwit::sim {

// One reading of one group, as the sensor and the world saw it.
struct WitnessedReading {
  std::vector<Value> values;
  std::vector<double> resolutions;  // of each series; 0: exact
  absl::Duration at;                // on the boot clock
  absl::Duration wall_offset;       // wall clock since 1970 minus boot clock, then
  bool wall_synchronised = false;
  absl::Duration interval;
};

class ReadingLog {
 public:
  void Add(const TableId& table, WitnessedReading reading);

  // What a batch covers of it.
  struct Covered {
    size_t readings = 0;
    absl::Duration first;  // when its first tick was due, on the boot clock
    std::string violation;
  };
  // Takes the readings that are in the batch; each must be the oldest that is in none yet.
  Covered Take(const Batch& batch);

  bool all_taken() const { return left_ == 0; }

 private:
  std::string Compare(const Batch& batch, const Block& block, size_t tick,
                      const WitnessedReading& reading) const;

  std::map<TableId, std::deque<WitnessedReading>> waiting_;  // not in a batch yet
  size_t left_ = 0;
};

}  // namespace godwit::sim
