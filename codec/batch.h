// A batch: the blocks of all groups sealed together. In memory here; encoded by
// codec/batch_codec.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/names.h"
#include "codec/value.h"

namespace godwit {

// A series' values over the ticks of a block. A value is its type and 64 bits, which bring every
// double and integer back bit for bit; a state is an index into `states`.
struct Column {
  enum Type : uint8_t { kNull = 0, kInt = 1, kDouble = 2, kState = 3 };

  std::vector<uint8_t> types;       // one a tick
  std::vector<uint64_t> bits;       // one a tick; 0 for null
  std::vector<std::string> states;  // distinct, in order of first use

  // The type of a value that is no state, and its 64 bits.
  static Type Pack(const Value& value, uint64_t& word);
  // The index of a state, which is put into `states` when it is new.
  uint64_t IndexOf(const std::string& state);
  void Append(const Value& value);
  Value At(size_t tick) const;
  friend bool operator==(const Column&, const Column&) = default;
};

// When a group was due to be read, and by how much later it was.
struct BlockTick {
  int64_t time_unix_ns = 0;  // scheduled, by the batch's clock
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

// First and last scheduled tick of all blocks.
struct TimeSpan {
  int64_t first_unix_ns = 0;
  int64_t last_unix_ns = 0;
};
TimeSpan SpanOf(const Batch& batch);

// Values that are not null.
uint64_t SampleCount(const Batch& batch);

}  // namespace godwit
