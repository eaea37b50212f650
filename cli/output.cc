#include "cli/output.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/clean_json.h"
#include "base/text.h"

namespace godwit::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kGap = 2;  // between columns

// Names come from devices: what is not UTF-8 is replaced, not thrown, and what a terminal would
// obey is escaped.
std::string Dumped(const Json& json) {
  return CleanJson(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Json ListOf(const std::vector<Fields>& list) {
  Json array = Json::array();
  for (const Fields& fields : list) {
    Json object = Json::object();
    for (const auto& [name, scalar] : fields) {
      std::visit([&object, &key = name](const auto& value) { object[key] = value; }, scalar);
    }
    array.push_back(std::move(object));
  }
  return array;
}

std::string ToJson(const Row& row) {
  Json object = Json::object();
  for (const auto& [name, cell] : row.fields) {
    if (const auto* list = std::get_if<std::vector<Fields>>(&cell)) {
      object[name] = ListOf(*list);
      continue;
    }
    std::visit(
        [&object, &key = name](const auto& value) {
          if constexpr (requires { object[key] = value; }) object[key] = value;
        },
        cell);
  }
  return Dumped(object);
}

// A text of RFC 4180. What a spreadsheet would take for a formula gets an apostrophe in front, and
// what a terminal would obey is escaped: the text is a device's own.
std::string Quoted(const std::string& foreign) {
  std::string text = CleanLines(foreign, std::string::npos);
  if (text.find_first_of("=+-@\t\r") == 0) text.insert(0, 1, '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  return out + "\"";
}

std::string CsvText(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return Quoted(*text);
  if (const auto* map = std::get_if<std::map<std::string, std::string>>(&cell)) {
    std::string joined;
    for (const auto& [key, value] : *map) {
      if (!joined.empty()) joined += ",";
      joined.append(key).append("=").append(value);
    }
    return Quoted(joined);
  }
  if (const auto* list = std::get_if<std::vector<Fields>>(&cell)) {
    return Quoted(Dumped(ListOf(*list)));
  }
  return std::visit(
      [](const auto& value) -> std::string {
        if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>) {
          return Json(value).dump();
        }
        return "";
      },
      cell);
}

}  // namespace

Status OutputClosed() {
  return Error(StatusCode::kAborted, "standard output is closed or full");
}

RowWriter::RowWriter(std::FILE* out, Format format, Layout layout, Terminal terminal)
    : out_(out), format_(format), layout_(std::move(layout)), terminal_(terminal) {}

bool RowWriter::WriteText(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), out_) == text.size();
}

bool RowWriter::Write(const Row& row) {
  const bool first = rows_++ == 0;
  switch (format_) {
    case Format::kJsonLines:
      return WriteText(ToJson(row) + "\n");
    case Format::kJson:
      if (layout_.single) return WriteText(ToJson(row) + "\n");
      return WriteText((first ? "[\n" : ",\n") + ToJson(row));
    case Format::kCsv: {
      if (first) {
        std::string names;
        for (const auto& [name, cell] : row.fields) names += (names.empty() ? "" : ",") + name;
        if (!WriteText(names + "\n")) return false;
      }
      return WriteCsv(row);
    }
    case Format::kTable: {
      Line line{row.cells, row.tones};
      // A device's own words must not steer the operator's terminal.
      for (std::string& cell : line.cells) cell = CleanLine(cell, std::string::npos);
      if (!widths_.empty()) return WriteText(Text(line));
      kept_.push_back(std::move(line));
      return kept_.size() < kAlignedRows || WriteTable();
    }
  }
  return false;
}

bool RowWriter::WriteCsv(const Row& row) {
  std::string line;
  for (const auto& [name, cell] : row.fields) line.append(CsvText(cell)).append(1, ',');
  line.back() = '\n';  // no row is without fields
  return WriteText(line);
}

// Each column as wide as the widest cell of the rows that are kept, as far as the terminal goes.
bool RowWriter::WriteTable() {
  const std::vector<std::string>& headings = layout_.headings;
  if (!headings.empty()) {
    kept_.insert(kept_.begin(), {headings, std::vector<Tone>(headings.size(), Tone::kHeading)});
  }
  for (const Line& line : kept_) {
    widths_.resize(std::max(widths_.size(), line.cells.size()));
    for (size_t i = 0; i < line.cells.size(); ++i) {
      widths_[i] = std::max(widths_[i], Width(line.cells[i]));
    }
  }
  Fit();
  std::string text;
  for (const Line& line : kept_) text += Text(line);
  kept_.clear();
  return WriteText(text);
}

// Cuts the widest column until the line fits, but keeps what makes a column recognisable.
void RowWriter::Fit() {
  constexpr size_t kColumnMin = 8;
  if (terminal_.width == 0 || widths_.empty()) return;
  size_t total = kGap * (widths_.size() - 1);
  for (const size_t width : widths_) total += width;
  while (total > terminal_.width) {
    const auto widest = std::max_element(widths_.begin(), widths_.end());
    if (*widest <= kColumnMin) return;
    --*widest;
    --total;
  }
}

std::string RowWriter::Text(const Line& line) const {
  std::string text;
  for (size_t i = 0; i < line.cells.size(); ++i) {
    const size_t width = i < widths_.size() ? widths_[i] : 0;
    const bool bounded = terminal_.width > 0 && width > 0;
    const std::string cell = bounded ? Shortened(line.cells[i], width) : line.cells[i];
    const size_t shown = Width(cell);
    text += Coloured(cell, i < line.tones.size() ? line.tones[i] : Tone::kPlain, terminal_.colour);
    if (i + 1 < line.cells.size()) text.append((shown < width ? width - shown : 0) + kGap, ' ');
  }
  return text + "\n";
}

bool RowWriter::Flush() {
  const bool ok = format_ != Format::kTable || kept_.empty() || WriteTable();
  return std::fflush(out_) == 0 && ok;
}

bool RowWriter::End() {
  bool ok = true;
  if (format_ == Format::kJson && !layout_.single) ok = WriteText(rows_ == 0 ? "[]\n" : "\n]\n");
  if (format_ == Format::kTable && widths_.empty()) ok = WriteTable();
  return std::fflush(out_) == 0 && ok;
}

}  // namespace godwit::cli
