// What is inside a table's frame. Bytes that are accepted are the table's one encoding.
#include <cstdint>

#include "base/check.h"
#include "codec/table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace godwit;
  const std::string_view canonical(reinterpret_cast<const char*>(bytes), size);
  const auto table = DecodeCanonical(canonical);
  if (!table.ok()) return 0;
  GODWIT_CHECK(EncodeCanonical(*table) == canonical);
  for (const Series& series : table->series) GODWIT_CHECK(CheckSeries(series).ok());
  return 0;
}
