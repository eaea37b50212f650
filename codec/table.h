// A table: the list of a group's series, in column order. It is written once and then named by its
// id: 16 bytes of SHA-256 over the canonical encoding below, so equal lists have equal ids on every
// machine and a collector can check a table it is given.
//
// Canonical encoding, little-endian: version u8 = 0, series count u32, then per series: name (u32
// length, bytes), unit (likewise), kind u8, attribute count u32, and per attribute, in strictly
// ascending order of keys: key, value (u32 length and bytes each). Nothing follows.
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

std::string EncodeTable(const Table& table);
// Hostile input: checks every bound, order and length.
[[nodiscard]] StatusOr<Table> DecodeTable(std::string_view bytes);

TableId TableIdOf(std::string_view encoded_table);

}  // namespace godwit
