// A batch in memory: the blocks of all groups that were sealed together. codec/batch_codec.h
// encodes it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/names.h"
#include "codec/value.h"

namespace godwit {

// The values of a series over the ticks of a block. A value is its type and 64 bits, which restore
// every double and integer bit for bit; a state is an index into `states`.
struct Column {
  enum Type : uint8_t { kNull = 0, kInt = 1, kDouble = 2, kState = 3 };

  std::vector<uint8_t> types;       // one a tick
  std::vector<uint64_t> bits;       // one a tick; 0 for null
  std::vector<std::string> states;  // distinct, in order of first use

  // Returns the type of a value and sets `word` to its 64 bits. A state counts as null: use IndexOf
  // for it.
  static Type Pack(const Value& value, uint64_t& word);
  // Returns the index of a state, and adds it to `states` if it is new.
  uint64_t IndexOf(const std::string& state);
  void Append(const Value& value);
  // Returns the value at an index of `types`, which must be in range.
  Value At(size_t tick) const;
  friend bool operator==(const Column&, const Column&) = default;
};

// The time at which a group was due, and how much later it was read.
struct BlockTick {
  // When the group was due: on the wall clock, if it was synchronised; else on the boot clock, plus
  // the batch's wall_offset_ns.
  int64_t time_unix_ns = 0;
  uint32_t lateness_ms = 0;
  friend bool operator==(const BlockTick&, const BlockTick&) = default;
};

// The columns of one group over a span of ticks.
struct Block {
  TableId table;
  int64_t interval_ns = 0;
  std::vector<BlockTick> ticks;  // ascending
  std::vector<Column> columns;   // as many as the table has series; each as long as `ticks`
  friend bool operator==(const Block&, const Block&) = default;
};

struct Batch {
  BootId boot_id;
  int64_t wall_offset_ns = 0;  // wall clock minus boot clock while the batch was open
  bool wall_synchronised = false;
  std::vector<Block> blocks;
  friend bool operator==(const Batch&, const Batch&) = default;
};

// The first and the last scheduled tick of all blocks; zeros if there is no tick.
struct TimeSpan {
  int64_t first_unix_ns = 0;
  int64_t last_unix_ns = 0;
};
TimeSpan SpanOf(const Batch& batch);

// Returns the number of values that are not null.
uint64_t SampleCount(const Batch& batch);

}  // namespace godwit
