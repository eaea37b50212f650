// Recorded values. The file is CSV as tools/record_proc writes it: three rows name the columns
// (series, unit, kind) behind two columns for the time and the lateness of each row, which are not
// used here: a row is a tick. A value without a point is an integer, an empty one is none. A file
// whose first row is the only head has gauges of unit 1.
#include <algorithm>

#include "agent/sensors/factories.h"
#include "agent/sensors/text_scan.h"
#include "base/text.h"
#include "codec/limits.h"

namespace godwit::agent {
namespace {

// The time of a row, and how late it was.
constexpr size_t kColumnsBeforeValues = 2;

// A cell with commas is in quotes; nothing is escaped.
std::vector<std::string_view> Cells(std::string_view row) {
  if (row.ends_with('\r')) row.remove_suffix(1);
  std::vector<std::string_view> cells;
  while (true) {
    const bool quoted = row.starts_with('"');
    if (quoted) row.remove_prefix(1);
    const size_t end = std::min(row.find(quoted ? '"' : ','), row.size());
    cells.push_back(row.substr(0, end));
    row.remove_prefix(std::min(end + (quoted ? 1 : 0), row.size()));
    if (row.empty()) return cells;
    row.remove_prefix(1);
  }
}

Value ValueOf(std::string_view cell) {
  int64_t integer = 0;
  double number = 0;
  if (ParseNumber(cell, integer)) return integer;
  if (ParseNumber(cell, number)) return number;
  return {};
}

class ReplaySensor final : public Sensor {
 public:
  ReplaySensor(std::string text, size_t begin, std::vector<Table> groups, size_t skip, bool repeat)
      : text_(std::move(text)),
        begin_(begin),
        at_(begin),
        groups_(std::move(groups)),
        skip_(skip),
        repeat_(repeat) {}

  const std::vector<Table>& groups() const override { return groups_; }

  Status Read(const Tick&, Readings& readings) override {
    if (at_ >= text_.size() && repeat_) at_ = begin_;
    std::string_view rest = std::string_view(text_).substr(at_);
    std::string_view line;
    if (!TakeLine(rest, line)) return Error(StatusCode::kOutOfRange, "the recording has ended");
    at_ = text_.size() - rest.size();
    const std::vector<std::string_view> cells = Cells(line);
    size_t cell = skip_;
    for (auto& values : readings) {
      for (Value& value : values) {
        if (cell < cells.size()) value = ValueOf(cells[cell++]);
      }
    }
    return absl::OkStatus();
  }

 private:
  const std::string text_;
  const size_t begin_;  // of the first row of values
  size_t at_;
  std::vector<Table> groups_;
  const size_t skip_;  // columns in front of the values
  const bool repeat_;
};

bool KindOf(std::string_view name, Kind& kind) {
  for (const Kind each : {Kind::kGauge, Kind::kCounter, Kind::kUpDown}) {
    if (name != KindName(each)) continue;
    kind = each;
    return true;
  }
  return false;
}

// The head of the file. `rest` is what is behind it.
struct Head {
  std::vector<std::string_view> names;
  std::vector<std::string_view> units;
  std::vector<std::string_view> kinds;  // empty: the head is one row
};

StatusOr<Head> TakeHead(std::string_view& rest) {
  Head head;
  std::string_view line;
  if (!TakeLine(rest, line)) return Error(StatusCode::kInvalidArgument, "the recording is empty");
  head.names = Cells(line);
  // The rows of units and kinds are there or not together; a kind tells.
  std::string_view ahead = rest;
  std::string_view units;
  std::string_view kinds;
  Kind kind = Kind::kGauge;
  if (TakeLine(ahead, units) && TakeLine(ahead, kinds) && KindOf(Cells(kinds).back(), kind)) {
    head.units = Cells(units);
    head.kinds = Cells(kinds);
    rest = ahead;
  }
  return head;
}

StatusOr<std::vector<Table>> GroupsOf(const Head& head, size_t skip, const Attributes& attributes) {
  if (head.names.size() <= skip) {
    return Error(StatusCode::kInvalidArgument, "the recording has no column of values");
  }
  std::vector<Table> groups(1);
  for (size_t i = skip; i < head.names.size(); ++i) {
    if (groups.back().series.size() == kTableSeriesMax) groups.emplace_back();
    Series series{.unit = "1"};
    if (!ParseSeriesText(head.names[i], series)) {
      return Error(StatusCode::kInvalidArgument,
                   Cat("the recording has a column that is called '", head.names[i], "'"));
    }
    if (i < head.kinds.size()) KindOf(head.kinds[i], series.kind);
    if (i < head.units.size()) series.unit = head.units[i];
    series.attributes.insert(attributes.begin(), attributes.end());
    groups.back().series.push_back(std::move(series));
  }
  return groups;
}

}  // namespace

StatusOr<std::unique_ptr<Sensor>> MakeReplaySensor(const ReplayOptions& options,
                                                   std::string recording) {
  std::string_view rest = recording;
  GODWIT_ASSIGN_OR_RETURN(const Head head, TakeHead(rest));
  const size_t skip = head.kinds.empty() ? 0 : kColumnsBeforeValues;
  GODWIT_ASSIGN_OR_RETURN(std::vector<Table> groups, GroupsOf(head, skip, options.attributes));
  const size_t begin = recording.size() - rest.size();
  return std::make_unique<ReplaySensor>(std::move(recording), begin, std::move(groups), skip,
                                        options.repeat);
}

}  // namespace godwit::agent
