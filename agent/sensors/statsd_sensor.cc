// statsd: what programs on this machine send, by datagrams.
//
// Take is called by the receiver's thread, Start and Read by the loop: a mutex is between them.
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/sensors/factories.h"
#include "agent/sensors/refused_lines.h"
#include "agent/sensors/statsd_accounts.h"
#include "agent/sensors/statsd_line.h"
#include "agent/sensors/text_scan.h"
#include "base/mutex.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

class StatsdSensor final : public Sensor {
 public:
  StatsdSensor(const StatsdOptions& options, OpenDatagrams receive)
      : open_(std::move(receive)), accounts_(options) {}

  const std::vector<Table>& groups() const override { return groups_; }
  uint64_t layout() const override { return layout_; }
  uint64_t refused() const override { return refused_; }

  // The port may be taken: each reading says so, and tries again.
  void Start() override { (void)Listen(); }

  Status Read(const Tick& tick, Readings& readings) override {
    const Status listening = Listen();
    const MutexLock lock(mutex_);
    if (accounts_.Update(tick.time_unix_ns)) {
      groups_[0] = accounts_.table();
      ++layout_;
    }
    readings.resize(1);
    readings[0] = accounts_.TakeValues();
    const uint64_t dropped = receiver_ == nullptr ? 0 : receiver_->dropped();
    const uint64_t lost = dropped - std::exchange(dropped_, dropped);
    refused_ = lines_.total() + dropped;
    const Status status = lines_.Take();
    if (!listening.ok()) return listening;
    if (lost == 0) return status;
    return Error(StatusCode::kResourceExhausted,
                 Cat("datagrams lost because they came too fast: ", lost, status.ok() ? "" : "; ",
                     Message(status)));
  }

 private:
  Status Listen() {
    if (receiver_ != nullptr) return absl::OkStatus();
    GODWIT_ASSIGN_OR_RETURN(receiver_, open_([this](std::string_view bytes) { Take(bytes); }));
    return absl::OkStatus();
  }

  void Take(std::string_view datagram) {
    const MutexLock lock(mutex_);
    std::string_view line;
    while (TakeLine(datagram, line)) {
      if (line.empty()) continue;
      StatsdLine parsed;
      if (!ParseStatsdLine(line, parsed)) {
        lines_.Add(line, "not StatsD");
      } else if (const Status added = accounts_.Add(parsed); !added.ok()) {
        lines_.Add(line, Message(added));
      }
    }
  }

  OpenDatagrams open_;
  Mutex mutex_;
  StatsdAccounts accounts_ ABSL_GUARDED_BY(mutex_);
  RefusedLines lines_ ABSL_GUARDED_BY(mutex_);
  uint64_t refused_ = 0;  // loop only, as what follows
  uint64_t dropped_ = 0;  // of the receiver's, those that were named
  std::vector<Table> groups_ = std::vector<Table>(1);
  uint64_t layout_ = 1;
  std::unique_ptr<DatagramReceiver> receiver_;  // last: it goes first
};

}  // namespace

std::unique_ptr<Sensor> MakeStatsdSensor(const StatsdOptions& options, OpenDatagrams receive) {
  return std::make_unique<StatsdSensor>(options, std::move(receive));
}

}  // namespace godwit::agent
