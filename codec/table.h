// A table: the list of a group's series, in column order. It is written once and then named by its
// id: 16 bytes of SHA-256 over the canonical encoding, so equal lists have equal ids on every
// machine and a collector can check a table it is given. docs/batch-format.md has the layout.
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

// The canonical encoding in a zstd frame: what is spooled, sent and stored.
std::string EncodeTable(const Table& table);
// Hostile input: checks every bound, order and length. kUnimplemented for an unknown version,
// kResourceExhausted for one that is larger inside than kTableBytesMax, else kInvalidArgument.
[[nodiscard]] StatusOr<Table> DecodeTable(std::string_view bytes);

// What is inside the zstd frame. A table has one such encoding, and no two share it.
std::string EncodeCanonical(const Table& table);
[[nodiscard]] StatusOr<Table> DecodeCanonical(std::string_view bytes);

TableId TableIdOf(const Table& table);

}  // namespace godwit
