// Finds the missing samples of a device and their reasons, from the store's data about blocks:
// nothing is decoded.
//
// Ticks of a group lie on a grid. Two stored neighbours, in the order of runs and sequence numbers,
// show how many are missing between them: within one boot by the boot clock, exactly and whatever
// the wall clock did; across boots by the wall clock, where it is known. If the interval changes
// between them, the longer one counts. A group whose list of series changes continues with the next
// list (store/group_chains.h). For copies of one card, ticks between those of both machines are not
// distinguished.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/fleet/selection.h"
#include "collector/fleet/turn.h"
#include "collector/store/store.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// A list of gaps. Query-confined.
class GapQuery {
 public:
  // `silent_at_unix_ns` is the time now for a silent device: the samples since its newest ones are
  // missing, too.
  GapQuery(StoreReader& reader, const DeviceName& device,
           std::optional<int64_t> silent_at_unix_ns = std::nullopt);

  // Returns the next page; nothing at the end, or if the turn is over first.
  [[nodiscard]] StatusOr<std::optional<v1::ListGapsResponse>> NextPage(
      const Turn& turn = Turn::Endless());

 private:
  // The last tick of a group so far.
  struct LastTick {
    RunId run = 0;
    Seq seq = 0;
    int64_t boot_ns = 0;  // by the batch's clock
    int64_t unix_ns = 0;  // corrected
    int64_t interval_ns = 0;
    BootId boot_id;
    TimeQuality quality = TimeQuality::kUnknown;
  };
  // The state of groups at one place of a run.
  struct Place {
    std::map<TableId, LastTick> ticks;
    GroupChains chains;
  };

  v1::ListGapsResponse TakePage();
  [[nodiscard]] Status LoadRuns();
  // Adds the gap up to now of each group that had samples until the newest of all.
  [[nodiscard]] Status AddSilence(int64_t now_unix_ns);
  [[nodiscard]] Status Walk(const StoredSpans& record);
  void EnterRun(const RunRow& run);
  [[nodiscard]] Status AddBlock(const RunRow& run, const StoredSpans& record,
                                const BlockSpan& block);
  // Adds the gap between a group's last tick and that block, if there is or may be one.
  [[nodiscard]] Status AddBetween(const LastTick& tick, const RunRow& run,
                                  const StoredSpans& record, const BlockSpan& block);
  [[nodiscard]] StatusOr<v1::TickGap*> AddGap(const TableId& table, int64_t after_unix_ns,
                                              int64_t before_unix_ns);
  // Returns why nothing is stored between a tick and one of a record of `run`.
  std::string ReasonBetween(const LastTick& last, const RunRow& run, Seq seq) const;
  std::string ReasonOf(const RunRow& run, SeqRange seqs) const;
  [[nodiscard]] StatusOr<std::string> GroupName(const TableId& id);

  StoreReader& reader_;
  const int64_t device_;
  const std::optional<int64_t> silent_at_unix_ns_;
  TableCache tables_;
  SharedSeries shared_;
  std::map<int64_t, RunRow> runs_;  // by the store's key
  std::map<RunId, int64_t> keys_;
  bool loaded_ = false;
  bool at_end_ = false;
  RecordCursor cursor_;
  std::vector<StoredSpans> records_;  // up to the cursor
  size_t next_ = 0;                   // of them
  const RunRow* run_ = nullptr;       // the one the walk is in
  std::map<RunId, Place> ends_;       // at the end of each run that was walked
  std::map<RunId, SeqSet> walked_;
  v1::ListGapsResponse page_;  // may be longer than one
};

}  // namespace godwit::collector
