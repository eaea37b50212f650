// Rows for people and programs: an aligned table, JSON, JSON lines, CSV (RFC 4180).
// Thread-compatible.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/status.h"

namespace godwit::cli {

enum class Format { kTable, kJson, kJsonLines, kCsv };

// A cell of the machine formats. A map becomes a JSON object, and "key=value,..." in CSV.
using Cell =
    std::variant<std::string, int64_t, uint64_t, double, bool, std::map<std::string, std::string>>;

// One row, told twice: for programs (every field, raw) and for people (short, formatted).
struct Row {
  std::vector<std::pair<std::string, Cell>> fields;
  std::vector<std::string> cells;
};

// Standard output does not take what is written.
Status OutputClosed();

class RowWriter {
 public:
  // `headings` are those of the table. `aligned` keeps the table's rows until the end to align
  // them; otherwise they are written at once.
  RowWriter(std::FILE* out, Format format, std::vector<std::string> headings, bool aligned);

  // False when the output is closed or full.
  bool Write(const Row& row);
  bool End();
  Format format() const { return format_; }

 private:
  bool WriteText(std::string_view text);
  bool WriteTable();
  bool WriteCsv(const Row& row);

  std::FILE* out_;
  const Format format_;
  const std::vector<std::string> headings_;
  const bool aligned_;
  uint64_t rows_ = 0;
  std::vector<std::vector<std::string>> kept_;
};

}  // namespace godwit::cli
