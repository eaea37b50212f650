// What is missing of a device's samples, and why, from what the store knows of blocks: nothing is
// decoded.
//
// Ticks of a group lie on a grid. Two neighbours of it that are stored, in the order of runs and
// seqs, say how many are missing between them: within one boot by the boot clock, exactly and
// whatever the wall clock did; across boots by the wall clock, where it is known. Where the
// interval changes between them, the longer one counts. Of copies of one card the ticks that lie
// between both machines' are not told apart.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "collector/fleet/selection.h"
#include "collector/store/store.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// Query-confined.
class GapQuery {
 public:
  GapQuery(StoreReader& reader, const DeviceName& device);

  // Nothing at the end.
  [[nodiscard]] StatusOr<std::optional<v1::ListGapsResponse>> NextPage();

 private:
  // The last tick of a group that was met.
  struct LastTick {
    RunId run = 0;
    Seq seq = 0;
    int64_t boot_ns = 0;  // by the batch's clock
    int64_t unix_ns = 0;  // put right
    int64_t interval_ns = 0;
    BootId boot_id;
    TimeQuality quality = TimeQuality::kUnknown;
  };
  using LastTicks = std::map<TableId, LastTick>;

  [[nodiscard]] Status LoadRuns();
  [[nodiscard]] Status Walk(const StoredSpans& record);
  void EnterRun(const RunRow& run);
  [[nodiscard]] Status AddBlock(const RunRow& run, const StoredSpans& record,
                                const BlockSpan& block);
  // Why nothing is stored between a tick and one of a record of `run`.
  std::string ReasonBetween(const LastTick& last, const RunRow& run, Seq seq) const;
  std::string ReasonOf(const RunRow& run, SeqRange seqs) const;
  [[nodiscard]] StatusOr<std::string> GroupName(const TableId& id);

  StoreReader& reader_;
  const int64_t device_;
  TableCache tables_;
  std::map<int64_t, RunRow> runs_;  // by the store's key
  std::map<RunId, int64_t> keys_;
  bool loaded_ = false;
  RecordCursor cursor_;
  const RunRow* run_ = nullptr;            // the one the walk is in
  std::map<RunId, LastTicks> last_ticks_;  // at the end of each run that was walked
  std::map<RunId, SeqSet> walked_;
  v1::ListGapsResponse page_;
};

}  // namespace godwit::collector
