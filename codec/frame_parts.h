// Decides where the streams of a batch are cut into zstd blocks. Each block has a Huffman table of
// its own, which pays where neighbours differ and there is enough to code.
#pragma once

#include <string_view>
#include <vector>

#include "codec/streams.h"

namespace godwit {

// Returns `raw`, the sizes followed by all streams, as the parts of a frame. The last stream is a
// part of its own, because its bits have no pattern.
std::vector<std::string_view> FrameParts(std::string_view raw, const StreamWriter& streams);

}  // namespace godwit
