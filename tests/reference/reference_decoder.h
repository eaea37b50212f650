// A second decoder of batches, written from docs/batch-format.md alone: slow, plain, and sharing no
// code with codec/. What the two make of the same bytes must be the same.
#pragma once

#include <optional>
#include <string_view>

#include "codec/batch.h"

namespace godwit::reference {

// Nothing for bytes that are no batch.
std::optional<Batch> DecodeBatch(std::string_view bytes);

}  // namespace godwit::reference
