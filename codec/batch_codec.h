// Batches as bytes: the unit that is spooled, uploaded and stored, compressed once. The layout is
// docs/batch-format.md; this is version 0, which no later reader accepts.
//
// Pure functions, thread-safe. The decoder takes every byte for hostile: bounded output, no crash,
// no read past the end, no allocation from an unchecked length.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "codec/batch.h"
#include "codec/table.h"

namespace godwit {

// Bytes the columns of `batch` take before compression, to within 64 bytes a block.
size_t RawSize(const Batch& batch);

// kResourceExhausted when the batch exceeds kBatchRawBytesMax.
[[nodiscard]] StatusOr<std::string> EncodeBatch(const Batch& batch);

// kInvalidArgument for damaged bytes, kUnimplemented for a version this reader does not know,
// kResourceExhausted for a bound that was hit (by name).
[[nodiscard]] StatusOr<Batch> DecodeBatch(std::string_view bytes);

// A block must have one column for each series of its table.
[[nodiscard]] Status CheckBlock(const Block& block, const Table& table);

}  // namespace godwit
