// A spool on a simulated disk with an outbox in front of it: what tests of the uplink's parts
// share.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/uplink/outbox.h"
#include "agent/uplink/outgoing_stream.h"
#include "agent/uplink/upload_counters.h"
#include "tests/unit/agent/spool/spool_fixture.h"

namespace godwit::agent {

class UplinkTest : public SpoolTest {
 protected:
  void OpenSpool() {
    Open();
    outbox_.emplace(*spool_, storage_, loop_);
  }
  // Lets storage and loop do what they were asked for.
  void RunPending() {
    scheduler_.RunFor(absl::Milliseconds(1));
    storage_.Post([] {});  // what waits for its next task, too
    scheduler_.RunFor(absl::Milliseconds(1));
  }
  SpoolInventory Inventory() {
    std::optional<SpoolInventory> inventory;
    outbox_->TakeInventory([&](SpoolInventory taken) { inventory = std::move(taken); });
    RunPending();
    return *inventory;
  }
  std::vector<RecordName> AppendRecords(size_t count, size_t size = 100) {
    std::vector<RecordName> names;
    for (size_t i = 0; i < count; ++i) names.push_back(Append(size));
    return names;
  }

  sim::SimExecutor loop_{scheduler_};
  sim::SimExecutor storage_{scheduler_};
  UploadCounters counters_;
  std::optional<Outbox> outbox_;
};

// The same verdict of each.
inline StreamVerdicts VerdictOf(const std::vector<RecordName>& names, v1::Verdict verdict) {
  StreamVerdicts verdicts{.reason = "why"};
  for (const RecordName& name : names) verdicts.judged[name] = verdict;
  return verdicts;
}

}  // namespace godwit::agent
