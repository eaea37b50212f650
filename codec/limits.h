// Defines every bound of tables and batches. Decoders refuse input that exceeds one, and name it.
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
// The columns that each block has for its ticks: the time, and the lateness.
inline constexpr size_t kTickColumns = 2;
// The most ticks times columns of all blocks, so that a few bytes cannot become gigabytes: a
// decoded batch takes at most 17 MiB, and twice that while its columns are copied from each other.
inline constexpr size_t kBatchValuesMax = 1024 * 1024;
// The largest batch before compression, so that a message with one of this size, incompressible, is
// less than 1 MiB. The sampler seals early at half of it, so one more tick always fits.
inline constexpr size_t kBatchRawBytesMax = 960 * 1024;
// The largest encoded batch: zstd adds at most 1/256 to incompressible data (ZSTD_COMPRESSBOUND),
// and our header has the id of each block's table.
inline constexpr size_t kBatchBytesMax =
    kBatchRawBytesMax + kBatchRawBytesMax / 256 + kBatchBlocksMax * kTableIdSize + 1024;

}  // namespace godwit
