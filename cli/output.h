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
#include "cli/terminal.h"

namespace godwit::cli {

enum class Format { kTable, kJson, kJsonLines, kCsv };

// A cell of the machine formats. A map becomes a JSON object, and "key=value,..." in CSV; a list
// becomes JSON in both.
using Scalar = std::variant<std::string, int64_t, uint64_t, double, bool>;
using Fields = std::vector<std::pair<std::string, Scalar>>;
using Cell = std::variant<std::string, int64_t, uint64_t, double, bool,
                          std::map<std::string, std::string>, std::vector<Fields>>;

// A row in two forms: for programs (every field, raw) and for people (short, formatted).
struct Row {
  std::vector<std::pair<std::string, Cell>> fields;
  std::vector<std::string> cells;
  std::vector<Tone> tones = {};  // of the cells, as far as they go
};

// Standard output does not take what is written.
Status OutputClosed();

class RowWriter {
 public:
  struct Layout {
    std::vector<std::string> headings;  // none: no line of headings
    bool single = false;                // one row by itself: no array around it in JSON
  };
  // The first kAlignedRows rows of a table say how wide its columns are; those behind them are
  // written as they come.
  RowWriter(std::FILE* out, Format format, Layout layout, Terminal terminal = {});

  // Returns false if the output is closed or full.
  bool Write(const Row& row);
  bool End();
  // What is kept to be aligned is written now: more may take its time.
  bool Flush();
  Format format() const { return format_; }

 private:
  static constexpr size_t kAlignedRows = 1000;
  struct Line {
    std::vector<std::string> cells;
    std::vector<Tone> tones;
  };

  bool WriteText(std::string_view text);
  bool WriteTable();
  void Fit();
  std::string Text(const Line& line) const;
  bool WriteCsv(const Row& row);

  std::FILE* out_;
  const Format format_;
  const Layout layout_;
  const Terminal terminal_;
  uint64_t rows_ = 0;
  std::vector<size_t> widths_;  // once they are known
  std::vector<Line> kept_;
};

}  // namespace godwit::cli
