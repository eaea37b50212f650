#include "agent/uplink/open_request.h"

#include <algorithm>
#include <string>
#include <vector>

#include "agent/limits.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

void SetRange(const SeqRange& range, v1::SeqRange& out) {
  out.set_first(range.first);
  out.set_last(range.last);
}

void AddRun(const RunState& state, size_t& ranges_left, v1::OpenSessionRequest& request) {
  v1::HeldRun& run = *request.add_runs();
  run.set_run_id(state.run);
  run.set_last_seq(state.last_seq);
  run.set_follows_run_id(state.follows_run);
  run.set_follows_last_seq(state.follows_last_seq);
  run.set_unclean_end(state.unclean);
  for (const SeqRange& range : state.held.Ranges()) {
    if (run.held_size() == 0) {
      SetRange(range, *run.add_held());
    } else if (ranges_left > 0) {
      SetRange(range, *run.add_held());
      --ranges_left;
    } else {
      run.mutable_held(run.held_size() - 1)->set_last(range.last);
    }
  }
}

void AddLoss(const Loss& loss, v1::OpenSessionRequest& request) {
  v1::Loss& lost = *request.add_losses();
  lost.set_run_id(loss.run);
  SetRange(loss.seqs, *lost.mutable_seqs());
  // A reason that a newer spool wrote is passed on as its number.
  lost.set_reason(static_cast<v1::LossReason>(loss.reason));
}

bool MayBeReported(const std::string& key, const std::string& value) {
  return !key.empty() && key.size() <= kReportedLabelBytesMax &&
         value.size() <= kReportedLabelBytesMax;
}

}  // namespace

size_t AddLabels(const std::map<std::string, std::string>& labels,
                 google::protobuf::RepeatedPtrField<v1::Label>& list) {
  size_t left_out = 0;
  for (const auto& [key, value] : labels) {
    if (list.size() >= static_cast<int>(kReportedLabelsMax) || !MayBeReported(key, value)) {
      ++left_out;
      continue;
    }
    v1::Label& label = *list.Add();
    label.set_key(key);
    label.set_value(value);
  }
  return left_out;
}

void AddQuarantined(const std::vector<RecordName>& names,
                    google::protobuf::RepeatedPtrField<v1::QuarantinedRecords>& list) {
  const size_t reported = std::min(names.size(), kReportedQuarantinedMax);
  for (size_t i = 0; i < reported; ++i) {
    const RecordName& name = names[i];
    if (!list.empty()) {
      v1::QuarantinedRecords& last = *list.Mutable(list.size() - 1);
      if (last.run_id() == name.run && last.seqs().last() + 1 == name.seq) {
        last.mutable_seqs()->set_last(name.seq);
        continue;
      }
    }
    v1::QuarantinedRecords& added = *list.Add();
    added.set_run_id(name.run);
    SetRange({name.seq, name.seq}, *added.mutable_seqs());
  }
}

v1::OpenSessionRequest MakeOpenRequest(const Identity& identity, const Clock& clock,
                                       const SpoolInventory& inventory) {
  v1::OpenSessionRequest request;
  request.set_device_id(identity.device_id);
  request.set_device_name(std::string(CutUtf8(identity.device_name, kReportedNameBytesMax)));
  AddLabels(identity.labels, *request.mutable_labels());
  request.set_boot_id(identity.boot_id);
  request.set_agent_version(identity.agent_version);
  request.set_boot_time_ns(absl::ToInt64Nanoseconds(clock.Boot()));
  request.set_wall_time_unix_ns(absl::ToUnixNanos(clock.Wall()));
  request.set_wall_synchronised(clock.WallSynchronised());
  const size_t runs = std::min(inventory.runs.size(), kReportedRunsMax);
  size_t ranges_left = kReportedRangesMax - runs;  // one is kept for each run
  for (size_t i = 0; i < runs; ++i) AddRun(inventory.runs[i], ranges_left, request);
  const size_t tables = std::min(inventory.table_ids.size(), kReportedTablesMax);
  for (size_t i = 0; i < tables; ++i) request.add_table_ids(inventory.table_ids[i]);
  const size_t losses = std::min(inventory.losses.size(), kReportedLossesMax);
  for (size_t i = 0; i < losses; ++i) AddLoss(inventory.losses[i], request);
  AddQuarantined(inventory.rejected_and_held, *request.mutable_quarantined());
  return request;
}

std::map<RunId, SeqSet> HeldIn(const v1::OpenSessionRequest& request) {
  std::map<RunId, SeqSet> held;
  for (const v1::HeldRun& run : request.runs()) {
    for (const v1::SeqRange& range : run.held()) {
      held[run.run_id()].Add(SeqRange{range.first(), range.last()});
    }
  }
  return held;
}

StatusOr<std::map<RunId, SeqSet>> SettledIn(const v1::OpenSessionResponse& response,
                                            const std::map<RunId, SeqSet>& held) {
  std::map<RunId, SeqSet> settled;
  for (const v1::SettledRun& run : response.settled()) {
    const auto reported = held.find(run.run_id());
    for (const v1::SeqRange& range : run.settled()) {
      const SeqRange seqs{range.first(), range.last()};
      const bool within =
          seqs.first <= seqs.last && reported != held.end() && reported->second.Contains(seqs);
      if (!within) {
        return Error(
            StatusCode::kInternal,
            Cat("the collector says that records ", seqs.first, " to ", seqs.last, " of run ",
                Hex(run.run_id()), " are settled, but this device did not report them as held"));
      }
      settled[run.run_id()].Add(seqs);
    }
  }
  return settled;
}

StreamBounds BoundsIn(const v1::OpenSessionResponse& response, absl::Duration stream_period) {
  StreamBounds bounds{.records = kStreamRecordsMax,
                      .tables = kStreamTablesMax,
                      .bytes = kStreamBytesMax,
                      .period = stream_period,
                      .messages_join = response.messages_join()};
  if (const size_t records = response.stream_records_max(); records > 0) {
    bounds.records = std::min(bounds.records, records);
  }
  if (const ByteCount bytes = response.stream_bytes_max(); bytes > 0) {
    bounds.bytes = std::min(bounds.bytes, std::max(bytes, kRecordBytesMax));
  }
  return bounds;
}

}  // namespace godwit::agent
