// Encodes and decodes batches, the unit that is spooled, uploaded and stored, compressed once.
// docs/batch-format.md describes the layout; this is version 1.
//
// Pure functions, thread-safe. Each thread that calls them keeps some scratch memory, of the size
// of the largest batch it has seen. The decoder treats every byte as hostile: its output is
// bounded; it does not crash, read past the end, or allocate by a length that it has not checked.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "codec/batch.h"
#include "codec/table.h"

namespace godwit {

// Encodes a batch. kResourceExhausted: it exceeds a bound of codec/limits.h, which the message
// names. kInvalidArgument: its ticks do not ascend.
[[nodiscard]] StatusOr<std::string> EncodeBatch(const Batch& batch);

// Decodes a batch. kInvalidArgument: the bytes are damaged. kUnimplemented: this reader does not
// know the version. kResourceExhausted: they exceed a bound, which the message names.
[[nodiscard]] StatusOr<Batch> DecodeBatch(std::string_view bytes);

// Decodes the contents of the zstd frame into blocks that have only their tables. The errors are
// those of DecodeBatch.
[[nodiscard]] Status DecodeStreams(std::string_view raw, Batch& batch);

// Checks that a block has one column for each series of its table.
[[nodiscard]] Status CheckBlock(const Block& block, const Table& table);

}  // namespace godwit
