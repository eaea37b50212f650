// The twin of SqliteStore and SqliteReader: the same promises, in memory. What is in it when a
// world kills its collector is what was durable.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "collector/store/boot_clock.h"
#include "collector/store/store.h"

namespace godwit::sim {

class MemoryStore : public collector::Store, public collector::StoreReader {
 public:
  explicit MemoryStore(std::string store_id) : store_id_(std::move(store_id)) {}

  std::string store_id() const override { return store_id_; }
  void Watch(Abandoned) override {}  // every call of it is short
  // What each function does is all or nothing here, so that there is nothing to take back.
  StatusOr<std::vector<Status>> Write(
      const std::vector<collector::StoreOperation>& operations) override;
  StatusOr<collector::SessionAnswer> OpenSession(const collector::SessionOpening& opening) override;
  StatusOr<std::vector<collector::Outcome>> Commit(
      const std::vector<collector::Delivery>& deliveries, int64_t now_unix_ns) override;
  StatusOr<collector::CommandRow> Issue(const collector::NewCommand& command,
                                        int64_t now_unix_ns) override;
  StatusOr<std::vector<collector::CommandRow>> OpenCommands(const std::string& device_id,
                                                            int64_t now_unix_ns) override;
  StatusOr<collector::CommandAnswer> Report(const collector::CommandReport& report,
                                            int64_t now_unix_ns) override;
  StatusOr<std::vector<size_t>> Push(const std::vector<collector::NewOffer>& offers,
                                     int64_t now_unix_ns) override;
  StatusOr<std::optional<collector::OfferRow>> OfferFor(
      const std::string& device_id, const collector::RevisionId& effective) override;
  StatusOr<std::string> RevisionText(const std::string& device_id,
                                     const collector::RevisionId& revision) override;
  Status ReportRevision(const collector::RevisionReport& report, int64_t now_unix_ns) override;
  Status SetLabels(const collector::LabelChange& change, int64_t now_unix_ns) override;
  Status Acknowledge(const collector::AlertAcknowledgement& alerts, int64_t now_unix_ns) override;
  StatusOr<size_t> Prune(const collector::Retention& retention, size_t records,
                         int64_t now_unix_ns) override;

  StatusOr<std::vector<collector::DeviceName>> DeviceNames() override;
  StatusOr<collector::DeviceIdentity> Identity(const std::string& device_id) override;
  StatusOr<collector::DeviceRow> Device(int64_t key) override;
  StatusOr<uint64_t> MissingTicks(int64_t device, collector::TimeRange times) override;
  StatusOr<std::optional<collector::StoredRecord>> Next(int64_t device,
                                                        collector::RecordCursor after,
                                                        collector::TimeRange times) override;
  StatusOr<std::optional<collector::StoredRecord>> NextByTime(int64_t device,
                                                              collector::TimeCursor after,
                                                              collector::TimeRange times) override;
  StatusOr<std::optional<collector::CommittedRecord>> NextCommitted(int64_t device,
                                                                    uint64_t after) override;
  StatusOr<uint64_t> LastCommitted() override;
  StatusOr<std::string> Slice(int64_t key) override;
  StatusOr<std::vector<collector::Head>> Heads(int64_t device) override;
  StatusOr<std::vector<TableId>> Tables(int64_t device) override;
  StatusOr<std::string> Table(const TableId& id) override;
  StatusOr<std::vector<collector::StoredSpans>> Spans(int64_t device, collector::RecordCursor after,
                                                      size_t limit) override;
  StatusOr<std::vector<collector::RunRow>> Runs(int64_t device) override;
  StatusOr<collector::RunExtent> Extent(int64_t run) override;
  StatusOr<collector::StoreStatistics> Statistics() override;
  StatusOr<std::vector<collector::CommandRow>> Commands(int64_t device, size_t limit) override;
  StatusOr<collector::CommandRow> Command(const std::string& id) override;
  StatusOr<collector::ConfigurationRow> Configuration(int64_t device) override;
  StatusOr<std::vector<collector::OfferRow>> Offers(int64_t device, size_t limit) override;
  StatusOr<collector::RevisionRow> Revision(const std::string& hex_prefix) override;
  StatusOr<collector::Labels> OperatorLabels(int64_t device) override;
  StatusOr<std::vector<collector::AuditRow>> Audit(int64_t device, size_t limit) override;

  // For the ledger of a test: every record, and whether a gap names one.
  std::map<RecordName, const collector::IncomingRecord*> Records() const;
  const collector::IncomingRecord* Find(const RecordName& name) const;
  bool IsGap(const RecordName& name) const;
  // Every gap, with its reason.
  std::map<RecordName, std::string> Gaps() const;
  bool EndedUncleanly(RunId run) const;
  bool IsRejected(const RecordName& name) const;
  // Records whose times are not those that their device believed.
  uint64_t TimesPutRight() const;
  uint64_t healed() const { return healed_; }  // gaps that a late record closed
  // False: devices may bring as much that is new as they like.
  void SetPaced(bool paced) { paced_ = paced; }

 private:
  struct Run {
    RunId id = 0;
    uint64_t order = 1;
    int64_t key = 0;
    SeqSet settled;
    std::map<std::string, SeqSet> gaps;  // by reason
    bool unclean_end = false;
    RunId follows = 0;
    bool has_commits = false;
    std::set<Seq> rejected;
    std::map<Seq, collector::IncomingRecord> records;
    std::map<Seq, int64_t> committed_unix_ns;
    std::map<Seq, int64_t> record_keys;  // and commit numbers
  };
  struct Boot {
    collector::BootClock clock;
    std::optional<int64_t> superseded_unix_ns;
  };
  struct DeviceState {
    collector::DeviceRow row;
    std::map<RunId, Run> runs;
    std::set<TableId> tables;
    std::map<BootId, Boot> boots;
    // Every record in the order of runs and sequence numbers.
    std::map<collector::RecordCursor, RecordName> ordered;
    std::map<TableId, collector::RecordCursor> heads;
    std::map<collector::DeviceBound, collector::Pace> paces;
  };

  struct Configured {
    collector::RevisionId effective;
    // While that is foreign: the newest offer when it was first heard of; empty: there was none.
    std::optional<std::string> foreign_newest;
    std::deque<collector::OfferRow> offers;  // oldest first
  };

  // Of what operators change; `change` has the names of its device and issuer, and its message.
  template <typename Change>
  void NoteChange(const std::string& what, const Change& change, int64_t now_unix_ns) {
    audit_.push_front({.time_unix_ns = now_unix_ns,
                       .issuer = change.issuer,
                       .what = what,
                       .device_id = change.device_id,
                       .device_name = devices_.at(change.device_id).row.facts.name,
                       .detail = AuditDetail(change),
                       .message = change.message});
  }
  const collector::OfferRow* FindOffer(const std::string& id) const;  // null: there is none
  void NoteEffective(Configured& configured, const collector::RevisionId& effective);
  collector::SessionAnswer OpenSessionOf(DeviceState& device,
                                         const collector::SessionOpening& opening);
  Run& PutRun(DeviceState& device, RunId id, RunId follows);
  Run& PutRunBefore(DeviceState& device, RunId id, const Run& next);
  Run& InsertRun(DeviceState& device, RunId id, RunId follows, uint64_t order);
  collector::Outcome CommitOne(const collector::Delivery& delivery, int64_t now_unix_ns);
  const DeviceState* FindDevice(int64_t key) const;
  // Nothing when it lies outside `times`.
  static std::optional<collector::StoredRecord> Stored(const DeviceState& device,
                                                       const collector::RecordCursor& cursor,
                                                       collector::TimeRange times);
  void NoteBoot(DeviceState& device, const collector::SessionOpening& opening);
  static void NoteReport(DeviceState& device, const std::optional<collector::DeviceReport>& report,
                         int64_t now_unix_ns);
  void SettleRejected(DeviceState& device, const collector::QuarantinedRecords& copies,
                      int64_t now_unix_ns);
  // By bound, how many come; all of them or nothing.
  using News = std::map<collector::DeviceBound, uint64_t>;
  using Refusal = std::optional<collector::Postponement>;
  Refusal TakeAll(DeviceState& device, const News& news, int64_t now_unix_ns);
  Refusal RefuseQuota(DeviceState& device, collector::DeviceBound bound, int64_t now_unix_ns);
  Refusal AdmitSession(DeviceState& device, const collector::SessionOpening& opening);
  Refusal AdmitRecord(DeviceState& device, const collector::Delivery& delivery,
                      int64_t now_unix_ns);
  bool SeriesFit(const DeviceState& device, const collector::Delivery& delivery);
  void RaiseAlert(DeviceState& device, const std::string& kind, int64_t now_unix_ns);
  void NoteFirstCommit(DeviceState& device, Run& run, int64_t now_unix_ns);
  void PutHeads(DeviceState& device, const Run& run, const collector::IncomingRecord& record,
                int64_t now_unix_ns);
  static int64_t ShiftOf(const DeviceState& device, const collector::IncomingRecord& record);
  // Whether its times are known.
  static bool Timed(const DeviceState& device, const collector::IncomingRecord& record);
  static int64_t AgeOf(const DeviceState& device, const Run& run,
                       const collector::IncomingRecord& record);
  static ByteCount BytesOf(const DeviceState& device);
  const collector::IncomingRecord& RecordAt(const DeviceState& device,
                                            const RecordName& name) const {
    return device.runs.at(name.run).records.at(name.seq);
  }

  std::string store_id_;
  std::map<std::string, DeviceState> devices_;
  std::map<int64_t, std::string> device_ids_;  // by their keys
  std::map<TableId, collector::IncomingTable> tables_;
  std::map<std::string, collector::CommandRow> commands_;
  std::map<std::string, Configured> configurations_;
  std::map<collector::RevisionId, std::string> revisions_;
  std::map<std::string, collector::Labels> operator_labels_;
  std::deque<collector::AuditRow> audit_;  // newest first
  int64_t run_keys_ = 0;
  int64_t record_keys_ = 0;
  uint64_t healed_ = 0;
  bool paced_ = true;
};

}  // namespace godwit::sim
