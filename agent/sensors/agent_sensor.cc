// The agent itself: process.* from /proc/self (proc(5)) under OpenTelemetry's names, godwit.* from
// its own parts.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/sensors/factories.h"
#include "agent/sensors/faults.h"
#include "agent/sensors/kernel_files.h"
#include "agent/sensors/text_scan.h"

namespace godwit::agent {
namespace {

constexpr double kTicksPerSecond = 100;  // USER_HZ

struct Statistic {
  const char* name;
  const char* unit;
  Kind kind;
  int64_t (*of)(const AgentStatistics& statistics);
};

template <auto Field>
int64_t Get(const AgentStatistics& statistics) {
  return static_cast<int64_t>(statistics.*Field);
}

constexpr Statistic kStatistics[] = {
    {"godwit.spool.usage", "By", Kind::kUpDown, Get<&AgentStatistics::spool_bytes>},
    {"godwit.spool.limit", "By", Kind::kUpDown, Get<&AgentStatistics::spool_bytes_max>},
    {"godwit.spool.waiting", "{record}", Kind::kUpDown, Get<&AgentStatistics::waiting_records>},
    {"godwit.upload.connected", "1", Kind::kGauge, Get<&AgentStatistics::connected>},
    {"godwit.upload.records", "{record}", Kind::kCounter, Get<&AgentStatistics::uploaded_records>},
    {"godwit.upload.io", "By", Kind::kCounter, Get<&AgentStatistics::uploaded_bytes>},
    {"godwit.upload.sessions", "{session}", Kind::kCounter, Get<&AgentStatistics::sessions>},
    {"godwit.upload.failures", "{failure}", Kind::kCounter, Get<&AgentStatistics::upload_failures>},
    {"godwit.clock.synchronized", "1", Kind::kGauge, Get<&AgentStatistics::clock_synchronised>},
    {"godwit.samples.lost", "{sample}", Kind::kCounter, Get<&AgentStatistics::lost_samples>},
};

// The sums of what is counted of each sensor, those that only grow first.
template <typename Visit>
void VisitSums(Visit visit) {
  for (const SumOfSensors sum : {SumOfSensors::kCounter, SumOfSensors::kUpDown}) {
    for (const SensorCounter& counter : kSensorCounters) {
      if (counter.sum == sum) visit(counter);
    }
  }
}

class AgentSensor final : public Sensor {
 public:
  AgentSensor(const Attributes& attributes, ReadStatistics statistics, SensorInput& input)
      : statistics_(std::move(statistics)),
        files_(input),
        stat_(files_.UseRecord("/proc/self/stat")),
        statm_(files_.UseRecord("/proc/self/statm")) {
    auto& series = groups_[0].series;
    const auto add = [&](const char* name, const char* unit, Kind kind) {
      series.push_back({.name = name, .unit = unit, .kind = kind, .attributes = attributes});
    };
    add("process.cpu.time", "s", Kind::kCounter);
    add("process.memory.usage", "By", Kind::kUpDown);
    add("process.unix.file_descriptor.count", "{file_descriptor}", Kind::kUpDown);
    for (const Statistic& statistic : kStatistics)
      add(statistic.name, statistic.unit, statistic.kind);
    VisitSums([&](const SensorCounter& counter) {
      add(counter.metric, counter.unit,
          counter.sum == SumOfSensors::kCounter ? Kind::kCounter : Kind::kUpDown);
    });
    add("godwit.series.waiting", "{series}", Kind::kUpDown);
  }

  const std::vector<Table>& groups() const override { return groups_; }

  Status Read(const Tick&, Readings& readings) override {
    files_.NextTick();
    std::vector<Value>& values = readings[0];
    size_t at = 3;
    const AgentStatistics statistics = statistics_();
    for (const Statistic& statistic : kStatistics) values[at++] = statistic.of(statistics);
    VisitSums([&](const SensorCounter& counter) {
      values[at++] = static_cast<int64_t>(statistics.sensors.*counter.member);
    });
    values[at++] = static_cast<int64_t>(statistics.series_waiting);
    Faults faults;
    values[0] = ValueOf(CpuTime(), faults);
    values[1] = ValueOf(Memory(), faults);
    values[2] = ValueOf(Descriptors(), faults);
    return faults.ToStatus();
  }

 private:
  // utime and stime are words 14 and 15; the second is the name, in parentheses, with any blanks.
  StatusOr<Value> CpuTime() {
    GODWIT_ASSIGN_OR_RETURN(std::string_view text, files_.Text(stat_));
    text.remove_prefix(std::min(text.rfind(')') + 1, text.size()));
    constexpr int kBeforeTimes = 11;
    std::string_view word;
    for (int i = 0; i < kBeforeTimes; ++i) TakeWord(text, word);
    uint64_t user = 0;
    uint64_t system = 0;
    if (!TakeNumber(text, user) || !TakeNumber(text, system)) {
      return Error(StatusCode::kDataLoss, "/proc/self/stat has too few numbers");
    }
    return Value(static_cast<double>(user + system) / kTicksPerSecond);
  }

  StatusOr<Value> Memory() {
    GODWIT_ASSIGN_OR_RETURN(std::string_view text, files_.Text(statm_));
    int64_t size = 0;
    int64_t resident = 0;
    if (!TakeNumber(text, size) || !TakeNumber(text, resident)) {
      return Error(StatusCode::kDataLoss, "/proc/self/statm has too few numbers");
    }
    return Value(resident * int64_t{sysconf(_SC_PAGESIZE)});
  }

  StatusOr<Value> Descriptors() {
    GODWIT_ASSIGN_OR_RETURN(const auto descriptors, files_.input().List("/proc/self/fd"));
    return Value(static_cast<int64_t>(descriptors.size()));
  }

  // Null when it could not be read.
  static Value ValueOf(const StatusOr<Value>& read, Faults& faults) {
    faults.Add(read.status());
    return read.ok() ? *read : Value();
  }

  ReadStatistics statistics_;
  KernelFiles files_;
  KernelFiles::Number stat_;
  KernelFiles::Number statm_;
  std::vector<Table> groups_ = std::vector<Table>(1);
};

}  // namespace

std::unique_ptr<Sensor> MakeAgentSensor(const Attributes& attributes, ReadStatistics statistics,
                                        SensorInput& input) {
  return std::make_unique<AgentSensor>(attributes, std::move(statistics), input);
}

}  // namespace godwit::agent
