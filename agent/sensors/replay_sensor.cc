// Recorded values. The file is CSV as tools/record_proc writes it: three rows name the columns
// (series, unit, kind) behind two columns for the time and the lateness of each row, which are not
// used here: a row is a tick. A value without a point is an integer, an empty cell is no value, and
// a cell that is not a number is named in the error. A file whose first row is the only head has
// gauges of unit 1.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/sensors/csv_row.h"
#include "agent/sensors/factories.h"
#include "agent/sensors/text_scan.h"
#include "base/foreign_text.h"
#include "base/text.h"
#include "codec/limits.h"

namespace godwit::agent {
namespace {

// The time of a row, and how late it was.
constexpr size_t kColumnsBeforeValues = 2;
constexpr size_t kShownBytesMax = 60;

// False for a cell that is neither empty nor a number.
bool ParseCell(std::string_view cell, Value& value) {
  std::string_view word;
  std::string_view more;
  if (!TakeWord(cell, word)) return true;
  return !TakeWord(cell, more) && ParseNumber(word, value);
}

// The lines of a file, one after another, with no more of it in memory than a buffer.
class LineReader {
 public:
  LineReader(std::unique_ptr<ReadableFile> file, ByteCount begin)
      : file_(std::move(file)), begin_(begin), next_(begin) {}

  // False at the end. The line is valid until the next call.
  StatusOr<bool> Next(std::string_view& line) {
    size_t end = buffer_.find('\n', at_);
    while (end == std::string::npos) {
      if (buffer_.size() - at_ > kLineBytesMax) {
        return Error(StatusCode::kInvalidArgument,
                     Cat("the recording has a line longer than ", kLineBytesMax, " bytes"));
      }
      GODWIT_ASSIGN_OR_RETURN(const std::string more, file_->ReadAt(next_, kChunkBytes));
      buffer_.erase(0, std::exchange(at_, 0));
      buffer_ += more;
      next_ += more.size();
      if (more.empty()) {  // the last line may lack its end
        end = buffer_.size();
        if (end == 0) return false;
        break;
      }
      end = buffer_.find('\n');
    }
    line = std::string_view(buffer_).substr(at_, end - at_);
    at_ = std::min(end + 1, buffer_.size());
    return true;
  }

  void Rewind() {
    buffer_.clear();
    at_ = 0;
    next_ = begin_;
  }
  // From here on Rewind comes back to this place.
  void Mark() { begin_ = next_ - (buffer_.size() - at_); }

 private:
  static constexpr ByteCount kChunkBytes = 16 * 1024;
  static constexpr size_t kLineBytesMax = 1 << 20;

  std::unique_ptr<ReadableFile> file_;
  ByteCount begin_;
  ByteCount next_;  // of the file, behind the buffer
  std::string buffer_;
  size_t at_ = 0;  // of the buffer
};

class ReplaySensor final : public Sensor {
 public:
  ReplaySensor(LineReader lines, std::vector<Table> groups, size_t skip, bool repeat)
      : lines_(std::move(lines)), groups_(std::move(groups)), skip_(skip), repeat_(repeat) {}

  const std::vector<Table>& groups() const override { return groups_; }

  Status Read(const Tick&, Readings& readings) override {
    std::string_view line;
    GODWIT_ASSIGN_OR_RETURN(bool there, lines_.Next(line));
    if (!there && repeat_) {
      lines_.Rewind();
      GODWIT_ASSIGN_OR_RETURN(there, lines_.Next(line));
    }
    if (!there) return Error(StatusCode::kOutOfRange, "the recording has ended");
    CsvRow row(line);
    std::string_view cell;
    for (size_t i = 0; i < skip_; ++i) row.Next(cell);
    size_t missing = 0;
    size_t refused = 0;
    std::string first;
    for (auto& values : readings) {
      for (Value& value : values) {
        if (!row.Next(cell)) {
          ++missing;
        } else if (!ParseCell(cell, value) && refused++ == 0) {
          first = ForeignText(cell, kShownBytesMax);
        }
      }
    }
    if (missing > 0) {
      return Error(StatusCode::kDataLoss, Cat("missing cells in this row: ", missing));
    }
    if (refused == 0) return absl::OkStatus();
    return Error(StatusCode::kDataLoss,
                 Cat("cells in this row that are not numbers: ", refused, "; the first: ", first));
  }

 private:
  LineReader lines_;
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

// The head of the file.
struct Head {
  std::vector<std::string> names;
  std::vector<std::string> units;
  std::vector<std::string> kinds;  // empty: the head is one row
};

std::vector<std::string> Copied(const std::vector<std::string_view>& cells) {
  return {cells.begin(), cells.end()};
}

StatusOr<Head> TakeHead(LineReader& lines) {
  Head head;
  std::string_view line;
  GODWIT_ASSIGN_OR_RETURN(bool there, lines.Next(line));
  if (!there) return Error(StatusCode::kInvalidArgument, "the recording is empty");
  head.names = Copied(CsvCells(WithoutByteOrderMark(line)));
  lines.Mark();
  // The rows of units and kinds exist together or not at all; a kind shows which.
  Kind kind = Kind::kGauge;
  GODWIT_ASSIGN_OR_RETURN(there, lines.Next(line));
  std::vector<std::string> units;
  if (there) {
    units = Copied(CsvCells(line));
    GODWIT_ASSIGN_OR_RETURN(there, lines.Next(line));
  }
  if (there && KindOf(CsvCells(line).back(), kind)) {
    head.units = std::move(units);
    head.kinds = Copied(CsvCells(line));
    lines.Mark();
  } else {
    lines.Rewind();
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
                   Cat("the recording has a column named '",
                       ForeignText(head.names[i], kShownBytesMax), "'"));
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
                                                   std::unique_ptr<ReadableFile> recording) {
  LineReader lines(std::move(recording), 0);
  GODWIT_ASSIGN_OR_RETURN(const Head head, TakeHead(lines));
  const size_t skip = head.kinds.empty() ? 0 : kColumnsBeforeValues;
  GODWIT_ASSIGN_OR_RETURN(std::vector<Table> groups, GroupsOf(head, skip, options.attributes));
  return std::make_unique<ReplaySensor>(std::move(lines), std::move(groups), skip, options.repeat);
}

}  // namespace godwit::agent
