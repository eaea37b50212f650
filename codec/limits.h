// Every bound of tables and batches, in one place. Decoders refuse what exceeds them by name.
#pragma once

#include <cstddef>

#include "base/names.h"

namespace godwit {

inline constexpr size_t kTableSeriesMax = 4096;
inline constexpr size_t kSeriesNameBytesMax = 255;
inline constexpr size_t kSeriesUnitBytesMax = 63;
inline constexpr size_t kSeriesAttributesMax = 32;
inline constexpr size_t kAttributeBytesMax = 255;  // key and value, each
inline constexpr size_t kTableBytesMax = 768 * 1024;

inline constexpr size_t kBatchBlocksMax = 256;
inline constexpr size_t kBlockTicksMax = 65'536;
inline constexpr size_t kColumnStatesMax = 1024;
inline constexpr size_t kStateBytesMax = 255;
inline constexpr size_t kBatchStatesMax = 64 * 1024;
// Each block has two columns of its own for its ticks: when, and how late.
inline constexpr size_t kTickColumns = 2;
// Ticks times columns of all blocks, so that a few bytes cannot become gigabytes: a decoded batch
// takes at most 17 MiB, and that once more while its columns are copied from each other.
inline constexpr size_t kBatchValuesMax = 1024 * 1024;
// A batch before compression. The sampler seals early at half of it, so one more tick always fits.
// So that a message with a batch of this size, incompressible, is under 1 MiB.
inline constexpr size_t kBatchRawBytesMax = 960 * 1024;
// zstd adds at most 1/256 to what it cannot compress (ZSTD_COMPRESSBOUND), and there is our head
// with the id of each block's table.
inline constexpr size_t kBatchBytesMax =
    kBatchRawBytesMax + kBatchRawBytesMax / 256 + kBatchBlocksMax * kTableIdSize + 1024;

}  // namespace godwit
