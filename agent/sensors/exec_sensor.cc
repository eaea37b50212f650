// What a program prints, a series a line (exec_lines.h). Lines that are none, or have no room, are
// counted and named in the error; the others count all the same.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/sensors/exec_lines.h"
#include "agent/sensors/factories.h"
#include "agent/sensors/learned_series.h"
#include "agent/sensors/refused_lines.h"
#include "agent/sensors/text_scan.h"
#include "base/foreign_text.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {
namespace {

constexpr size_t kOutputBytesMax = 64 * 1024;
constexpr size_t kShownBytesMax = 60;

// What its ending says; OK for exit code 0.
Status EndingOf(const ProgramResult& result, absl::Duration deadline) {
  std::string_view said = result.error_output;
  while (said.ends_with('\n')) said.remove_suffix(1);
  const size_t line = said.rfind('\n');
  if (line != std::string_view::npos) said.remove_prefix(line + 1);
  const std::string tail = said.empty() ? "" : Cat(": ", ForeignText(said, kShownBytesMax));
  switch (result.end) {
    case ProgramResult::End::kExited:
      if (result.code == 0) return absl::OkStatus();
      return Error(StatusCode::kInternal, Cat("ended with exit code ", result.code, tail));
    case ProgramResult::End::kSignalled:
      return Error(StatusCode::kInternal, Cat("was ended by signal ", result.code, tail));
    case ProgramResult::End::kDeadline:
      return Error(StatusCode::kInternal,
                   Cat("was killed: it ran longer than ", DurationText(deadline), tail));
    case ProgramResult::End::kFlooded:
      return Error(StatusCode::kInternal,
                   Cat("was killed: it printed more than ", SizeText(kOutputBytesMax)));
  }
  return absl::OkStatus();
}

class ExecSensor final : public Sensor {
 public:
  ExecSensor(const ExecOptions& options, ProgramRunner& runner)
      : request_{.command = options.command,
                 .environment = options.environment,
                 .deadline = options.deadline,
                 .output_bytes_max = kOutputBytesMax},
        runner_(runner),
        json_(options.json),
        learned_(options.max_series, options.attributes) {}

  const std::vector<Table>& groups() const override { return groups_; }
  uint64_t layout() const override { return layout_; }
  uint64_t refused() const override { return lines_.total(); }

  Status Read(const Tick& tick, Readings& readings) override {
    GODWIT_ASSIGN_OR_RETURN(const ProgramResult result, runner_.Run(request_));
    // What it printed counts, however it ended; but not half a line.
    std::string_view output = result.output;
    const bool whole = result.end == ProgramResult::End::kExited;
    if (!whole) output = output.substr(0, output.rfind('\n') + 1);
    Status status = Take(output, tick.time_unix_ns);
    readings.resize(1);
    readings[0] = values_;
    readings[0].resize(groups_[0].series.size());
    if (const Status ending = EndingOf(result, request_.deadline); !ending.ok()) return ending;
    return status;
  }

 private:
  Status Take(std::string_view output, int64_t now_ns) {
    values_.assign(learned_.size(), Value{});
    output = WithoutByteOrderMark(output);
    std::string_view line;
    while (TakeLine(output, line)) {
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      if (line.ends_with('\r')) line.remove_suffix(1);
      const auto named = json_ ? ParseJsonLine(line) : ParseTextLine(line);
      const Status taken = named.ok() ? Set(*named) : named.status();
      if (!taken.ok()) lines_.Add(line, Message(taken));
    }
    Update(now_ns);
    return lines_.Take();
  }

  Status Set(const NamedValue& named) {
    GODWIT_ASSIGN_OR_RETURN(const size_t number, learned_.Number(named.series));
    if (number >= values_.size()) values_.resize(number + 1);
    values_[number] = named.value;
    return absl::OkStatus();
  }

  void Update(int64_t now_ns) {
    if (!learned_.Update(now_ns)) return;
    std::vector<Value> moved(learned_.size());
    for (size_t i = 0; i < std::min(values_.size(), learned_.moved().size()); ++i) {
      if (learned_.moved()[i]) moved[*learned_.moved()[i]] = std::move(values_[i]);
    }
    values_ = std::move(moved);
    groups_[0] = learned_.table();
    ++layout_;
  }

  const ProgramRequest request_;
  ProgramRunner& runner_;
  const bool json_;
  LearnedSeries learned_;
  RefusedLines lines_;
  std::vector<Value> values_;
  std::vector<Table> groups_ = std::vector<Table>(1);
  uint64_t layout_ = 1;
};

}  // namespace

std::unique_ptr<Sensor> MakeExecSensor(const ExecOptions& options, ProgramRunner& runner) {
  return std::make_unique<ExecSensor>(options, runner);
}

}  // namespace godwit::agent
