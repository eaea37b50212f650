#include "cli/output.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace godwit::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string ToJson(const Row& row) {
  Json object = Json::object();
  for (const auto& [name, cell] : row.fields) {
    std::visit([&object, &key = name](const auto& value) { object[key] = value; }, cell);
  }
  // Names come from devices: what is not UTF-8 is replaced, not thrown.
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Quoted(const std::string& text) {
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
  return std::visit(
      [](const auto& value) -> std::string {
        if constexpr (requires { Json(value).dump(); }) return Json(value).dump();
      },
      cell);
}

// What a terminal shows of UTF-8 text: one column a code point is close enough for names.
size_t Width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// Control characters of a device's own words must not steer the operator's terminal.
std::string Printable(const std::string& text) {
  std::string out = text;
  std::replace_if(
      out.begin(), out.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return out;
}

}  // namespace

Status OutputClosed() {
  return Error(StatusCode::kAborted, "standard output is closed or full");
}

RowWriter::RowWriter(std::FILE* out, Format format, std::vector<std::string> headings, bool aligned)
    : out_(out), format_(format), headings_(std::move(headings)), aligned_(aligned) {}

bool RowWriter::WriteText(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), out_) == text.size();
}

bool RowWriter::Write(const Row& row) {
  const bool first = rows_++ == 0;
  switch (format_) {
    case Format::kJsonLines:
      return WriteText(ToJson(row) + "\n");
    case Format::kJson:
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
      kept_.push_back(row.cells);
      for (std::string& cell : kept_.back()) cell = Printable(cell);
      if (aligned_) return true;
      return WriteTable();
    }
  }
  return false;
}

bool RowWriter::WriteCsv(const Row& row) {
  std::string line;
  for (const auto& [name, cell] : row.fields) {
    if (!line.empty()) line += ",";
    line += CsvText(cell);
  }
  return WriteText(line + "\n");
}

// Writes the rows kept, each column as wide as its widest cell, and keeps none.
bool RowWriter::WriteTable() {
  std::vector<size_t> widths;
  if (aligned_) kept_.insert(kept_.begin(), headings_);
  for (const auto& cells : kept_) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], Width(cells[i]));
  }
  std::string text;
  for (const auto& cells : kept_) {
    for (size_t i = 0; i < cells.size(); ++i) {
      text += cells[i];
      if (i + 1 < cells.size()) text.append(widths[i] - Width(cells[i]) + 2, ' ');
    }
    text += "\n";
  }
  kept_.clear();
  return WriteText(text);
}

bool RowWriter::End() {
  bool ok = true;
  if (format_ == Format::kJson) ok = WriteText(rows_ == 0 ? "[]\n" : "\n]\n");
  if (format_ == Format::kTable && aligned_) ok = WriteTable();
  return std::fflush(out_) == 0 && ok;
}

}  // namespace godwit::cli
