// system.network.* from /proc/net/dev (proc(5)), which has what this network namespace sees.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/sensors/counter.h"
#include "agent/sensors/name_filter.h"
#include "agent/sensors/row_table.h"
#include "agent/sensors/system_part.h"
#include "agent/sensors/text_scan.h"

namespace godwit::agent {
namespace {

constexpr int kHeadLines = 2;
// Behind the name, in the order of the file; received, then transmitted.
enum Column : size_t { kBytes, kPackets, kErrors, kDropped, kTransmitted = 8, kColumns = 16 };

struct Measure {
  const char* name;
  const char* unit;
  Column column;
};
constexpr Measure kMeasures[] = {{"system.network.io", "By", kBytes},
                                 {"system.network.packet.count", "{packet}", kPackets},
                                 {"system.network.packet.dropped", "{packet}", kDropped},
                                 {"system.network.errors", "{error}", kErrors}};

std::vector<Series> SeriesOf(const std::string& interface) {
  std::vector<Series> out;
  for (const Measure& measure : kMeasures) {
    for (const char* direction : {"receive", "transmit"}) {
      out.push_back({.name = measure.name,
                     .unit = measure.unit,
                     .kind = Kind::kCounter,
                     .attributes = {{"network.interface.name", interface},
                                    {"network.io.direction", direction}}});
    }
  }
  return out;
}

class NetworkPart final : public SystemPart {
 public:
  NetworkPart(KernelFiles& files, const FilterOptions& filter)
      : files_(files),
        dev_(files.UseRows("/proc/net/dev")),
        filter_(filter.include, filter.exclude) {}

  const Table& table() const override { return rows_.table(); }
  uint64_t layout() const override { return rows_.layout(); }
  uint64_t refused() const override { return rows_.refused(); }

  void Read(std::vector<Value>& values, Faults& faults) override {
    const auto dev = files_.Text(dev_);
    if (!dev.ok()) return faults.Add(dev.status());
    std::string_view text = *dev;
    std::string_view line;
    for (int i = 0; i < kHeadLines; ++i) {
      if (!TakeLine(text, line)) return faults.Add("/proc/net/dev has no header");
    }
    rows_.Begin(values);
    while (TakeLine(text, line)) {
      std::string_view name;
      if (!TakeName(line, name)) {
        faults.Add("/proc/net/dev: a line without an interface's name");
        continue;
      }
      if (!filter_.Takes(name) || !rows_.Add(name)) continue;
      AddValues(line, values);
      NameMissing(values, std::size(kMeasures) * 2, "/proc/net/dev", name, faults);
    }
    rows_.End("/proc/net/dev", faults);
  }

 private:
  // Takes "eth0:" off the line, or what is in front of the last colon of "eth0:1:" (an alias) or of
  // "eth0:1234": the number may be right behind it. False when there is none.
  static bool TakeName(std::string_view& line, std::string_view& name) {
    std::string_view rest = line;
    std::string_view word;
    if (!TakeWord(rest, word)) return false;
    const size_t colon = word.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    name = word.substr(0, colon);
    line.remove_prefix(static_cast<size_t>(name.end() - line.begin()) + 1);
    return true;
  }

  static void AddValues(std::string_view line, std::vector<Value>& values) {
    const auto of = TakeCounters<kColumns>(line);
    for (const Measure& measure : kMeasures) {
      values.push_back(ValueOf(of[measure.column]));
      values.push_back(ValueOf(of[measure.column + kTransmitted]));
    }
  }

  KernelFiles& files_;
  KernelFiles::Number dev_;
  NameFilter filter_;
  RowTable rows_{SeriesOf};
};

}  // namespace

std::unique_ptr<SystemPart> MakeNetworkPart(KernelFiles& files, const SystemOptions& options) {
  return std::make_unique<NetworkPart>(files, options.interfaces);
}

}  // namespace godwit::agent
