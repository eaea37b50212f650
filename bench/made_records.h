// Records as benches and tests make them: a batch of one block, and the record that carries it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "codec/batch_codec.h"
#include "codec/table.h"
#include "proto/godwit/v1/device.pb.h"

namespace godwit::bench {

// So many ticks one interval apart, the first at that time; its columns have no values yet.
Block EvenBlock(const TableId& table, size_t columns, int64_t interval_ns, int64_t first_unix_ns,
                size_t ticks);
// A batch of that block, of a machine whose wall clock is right.
std::string BatchOf(Block block);
// Some 430 kB that do not compress, of one column and as many ticks as a block may have.
std::string NoiseBatch(const TableId& table, int64_t interval_ns, int64_t first_unix_ns);
// With its checksum.
v1::Record RecordOf(RunId run, Seq seq, std::string batch);

}  // namespace godwit::bench
