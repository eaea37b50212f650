// Batches as bytes: the unit that is spooled, uploaded and stored, compressed once. The layout is
// docs/batch-format.md; this is version 1.
//
// Pure functions, thread-safe; each thread that calls them keeps some scratch memory, of the size
// of the largest batch it has seen. The decoder takes every byte for hostile: bounded output, no
// crash, no read past the end, no allocation from an unchecked length.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "codec/batch.h"
#include "codec/table.h"

namespace godwit {

// kResourceExhausted when the batch exceeds a bound of codec/limits.h, by name; kInvalidArgument
// when its ticks do not ascend.
[[nodiscard]] StatusOr<std::string> EncodeBatch(const Batch& batch);

// kInvalidArgument for damaged bytes, kUnimplemented for a version this reader does not know,
// kResourceExhausted for a bound that was hit (by name).
[[nodiscard]] StatusOr<Batch> DecodeBatch(std::string_view bytes);

// What is inside the zstd frame, into blocks that have their tables only. The same errors.
[[nodiscard]] Status DecodeStreams(std::string_view raw, Batch& batch);

// A block must have one column for each series of its table.
[[nodiscard]] Status CheckBlock(const Block& block, const Table& table);

}  // namespace godwit
