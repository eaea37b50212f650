#include "bench/made_records.h"

#include <random>
#include <utility>

#include "base/checksum.h"
#include "base/names.h"
#include "codec/limits.h"

namespace godwit::bench {

Block EvenBlock(const TableId& table, size_t columns, int64_t interval_ns, int64_t first_unix_ns,
                size_t ticks) {
  Block block{.table = table, .interval_ns = interval_ns};
  block.columns.resize(columns);
  for (size_t tick = 0; tick < ticks; ++tick) {
    block.ticks.push_back({first_unix_ns + static_cast<int64_t>(tick) * interval_ns, 0});
  }
  return block;
}

std::string BatchOf(Block block) {
  return *EncodeBatch({.boot_id = BootId(kBootIdSize, 'b'),
                       .wall_synchronised = true,
                       .blocks = {std::move(block)}});
}

std::string NoiseBatch(const TableId& table, int64_t interval_ns, int64_t first_unix_ns) {
  Block block = EvenBlock(table, 1, interval_ns, first_unix_ns, kBlockTicksMax);
  std::mt19937_64 random(1);
  for (size_t tick = 0; tick < kBlockTicksMax; ++tick) {
    block.columns[0].Append(1 + static_cast<double>(random() >> 12) /
                                    static_cast<double>(int64_t{1} << 52));
  }
  return BatchOf(std::move(block));
}

v1::Record RecordOf(RunId run, Seq seq, std::string batch) {
  v1::Record record;
  record.set_run_id(run);
  record.set_seq(seq);
  record.set_checksum(Checksum(batch));
  record.set_batch(std::move(batch));
  return record;
}

}  // namespace godwit::bench
