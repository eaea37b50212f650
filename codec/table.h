// A table: the list of a group's series, in column order. It is written once and then named by its
// id, the first 16 bytes of the SHA-256 of its canonical encoding, so that equal lists have equal
// ids on every machine and a collector can check a table it receives. docs/batch-format.md
// describes the layout.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/names.h"
#include "codec/series.h"

namespace godwit {

struct Table {
  std::vector<Series> series;
  friend bool operator==(const Table&, const Table&) = default;
};

// Returns the canonical encoding in a zstd frame, which is spooled, sent and stored.
std::string EncodeTable(const Table& table);
// Decodes a table from hostile bytes: checks every bound, order and length. kUnimplemented: the
// version is unknown. kResourceExhausted: its contents are larger than kTableBytesMax. Else
// kInvalidArgument.
[[nodiscard]] StatusOr<Table> DecodeTable(std::string_view bytes);

// Encode and decode the contents of the zstd frame. A table has exactly one such encoding, and no
// two tables share it.
std::string EncodeCanonical(const Table& table);
[[nodiscard]] StatusOr<Table> DecodeCanonical(std::string_view bytes);

TableId TableIdOf(const Table& table);

}  // namespace godwit
