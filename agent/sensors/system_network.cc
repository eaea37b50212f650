// system.network.* from /proc/net/dev (proc(5)), which has what this network namespace sees.
#include <algorithm>
#include <array>

#include "agent/sensors/name_filter.h"
#include "agent/sensors/row_table.h"
#include "agent/sensors/system_part.h"
#include "agent/sensors/text_scan.h"

namespace godwit::agent {
namespace {

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
      : files_(files), dev_(files.Use("/proc/net/dev")), filter_(filter.include, filter.exclude) {}

  const Table& table() const override { return rows_.table(); }
  uint64_t layout() const override { return rows_.layout(); }

  Status Read(std::vector<Value>& values) override {
    GODWIT_ASSIGN_OR_RETURN(std::string_view text, files_.Text(dev_));
    rows_.Begin(values);
    std::string_view line;
    while (TakeLine(text, line)) {
      const size_t colon = line.rfind(':');           // an alias has one in its name
      if (colon == std::string_view::npos) continue;  // the two lines of the head
      std::string_view name = line.substr(0, colon);
      name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
      if (!filter_.Takes(name)) continue;
      if (!rows_.Add(name)) break;
      GODWIT_RETURN_IF_ERROR(AddValues(line.substr(colon + 1), values));
    }
    rows_.End();
    return absl::OkStatus();
  }

 private:
  static Status AddValues(std::string_view line, std::vector<Value>& values) {
    std::array<int64_t, kColumns> of{};
    if (!TakeNumbers(line, of)) {
      return Error(StatusCode::kDataLoss, "/proc/net/dev: too few numbers behind a name");
    }
    for (const Measure& measure : kMeasures) {
      values.emplace_back(of[measure.column]);
      values.emplace_back(of[measure.column + kTransmitted]);
    }
    return absl::OkStatus();
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
