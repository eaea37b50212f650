// The CSV of tools/record_proc: three rows that name the columns (series, unit, kind), then a row a
// tick.
#include <zstd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "agent/sensors/csv_row.h"
#include "base/text.h"
#include "bench/data/data_set.h"

namespace godwit::bench {
namespace {

constexpr size_t kRecordingBytesMax = size_t{64} << 20;

StatusOr<std::string> ReadCompressed(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (!file || size > kRecordingBytesMax) {
    return Error(StatusCode::kInvalidArgument, Cat(path, ": no recording"));
  }
  std::string text(size, '\0');
  if (ZSTD_decompress(text.data(), text.size(), bytes.data(), bytes.size()) != size) {
    return Error(StatusCode::kInvalidArgument, Cat(path, ": damaged"));
  }
  return text;
}

template <typename T>
T Number(std::string_view text) {
  T number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Value ValueOf(std::string_view cell) {
  if (cell.empty()) return std::monostate{};
  if (cell.find('.') == std::string_view::npos) return Number<int64_t>(cell);
  return Number<double>(cell);
}

Kind KindNamed(std::string_view name) {
  return name == "counter" ? Kind::kCounter : Kind::kGauge;
}

Series SeriesNamed(std::string_view text, std::string_view unit, std::string_view kind) {
  Series series{.unit = std::string(unit), .kind = KindNamed(kind)};
  ParseSeriesText(text, series);
  return series;
}

// "proc.net.dev" of proc.net.dev.rx_bytes{device=lo}.
std::string_view FileOf(std::string_view name) {
  return name.substr(0, name.rfind('.'));
}

std::string_view TakeRow(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view row = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return row;
}

}  // namespace

StatusOr<DataSet> ReadRecording(const std::string& path, const std::string& name) {
  GODWIT_ASSIGN_OR_RETURN(const std::string text, ReadCompressed(path));
  std::string_view rest = text;
  const auto names = agent::CsvCells(TakeRow(rest));
  const auto units = agent::CsvCells(TakeRow(rest));
  const auto kinds = agent::CsvCells(TakeRow(rest));
  DataSet set{.name = name};
  for (size_t i = 2; i < names.size(); ++i) {
    Series series = SeriesNamed(names[i], units[i], kinds[i]);
    if (i == 2 || FileOf(set.groups.back().table.series.back().name) != FileOf(series.name)) {
      set.groups.emplace_back();
    }
    set.groups.back().table.series.push_back(std::move(series));
    set.groups.back().columns.emplace_back();
  }
  while (!rest.empty()) {
    const auto cells = agent::CsvCells(TakeRow(rest));
    if (cells.size() != names.size()) {
      return Error(StatusCode::kInvalidArgument, Cat(path, ": a row of ", cells.size(), " cells"));
    }
    size_t cell = 2;
    for (DataGroup& group : set.groups) {
      group.ticks.push_back(
          {Number<int64_t>(cells[0]) * set.interval_ns, Number<uint32_t>(cells[1])});
      for (Column& column : group.columns) column.Append(ValueOf(cells[cell++]));
    }
  }
  return set;
}

}  // namespace godwit::bench
