// The store over SQLite: one connection does all writes and all checkpoints. synchronous=FULL, so
// that a commit that returned survives a power cut on storage that honours flushes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/store/boot_clock.h"
#include "collector/store/migrations.h"
#include "collector/store/sqlite.h"
#include "collector/store/sqlite_merge_source.h"
#include "collector/store/store.h"
#include "platform/random.h"

namespace godwit::collector {

// The file in the store's folder.
std::string StoreFile(const std::string& directory);

// Writer-confined.
class SqliteStore final : public Store {
 public:
  // Makes the store when there is none, and migrates one of an older version, with `free_space` as
  // Migrate takes it. kFailedPrecondition when the file is of a version that is not read. One whose
  // tables are not all there is opened, and takes nothing.
  [[nodiscard]] static StatusOr<std::unique_ptr<SqliteStore>> Open(
      const std::string& file, Random& random, const FreeSpace& free_space = nullptr);

  // kFailedPrecondition when it is not one of today's.
  [[nodiscard]] static StatusOr<std::unique_ptr<SqliteStore>> OpenExisting(const std::string& file);

  // Of the file; null for one that was opened by OpenExisting.
  std::shared_ptr<StoreHealth> health() const { return health_; }
  std::string store_id() const override { return store_id_; }
  StatusOr<std::vector<Status>> Write(const std::vector<StoreOperation>& operations) override;
  StatusOr<SessionAnswer> OpenSession(const SessionOpening& opening) override;
  StatusOr<std::vector<Outcome>> Commit(const std::vector<Delivery>& deliveries,
                                        int64_t now_unix_ns) override;
  StatusOr<CommandRow> Issue(const NewCommand& command, int64_t now_unix_ns) override;
  StatusOr<std::vector<CommandRow>> OpenCommands(const std::string& device_id,
                                                 int64_t now_unix_ns) override;
  StatusOr<CommandAnswer> Report(const CommandReport& report, int64_t now_unix_ns) override;
  StatusOr<std::vector<size_t>> Push(const std::vector<NewOffer>& offers,
                                     int64_t now_unix_ns) override;
  StatusOr<std::optional<OfferRow>> OfferFor(const std::string& device_id,
                                             const RevisionId& effective) override;
  StatusOr<std::string> RevisionText(const std::string& device_id,
                                     const RevisionId& revision) override;
  Status ReportRevision(const RevisionReport& report, int64_t now_unix_ns) override;
  Status SetLabels(const LabelChange& change, int64_t now_unix_ns) override;
  StatusOr<size_t> Prune(const Retention& retention, size_t records, int64_t now_unix_ns) override;
  // Goes on with what was left to do in the background when the store was brought up to date; false
  // when it is done. Some milliseconds.
  [[nodiscard]] StatusOr<bool> FillIn();
  // Goes on putting right the times of a boot whose clock has become known; false when there is
  // none left. Some milliseconds.
  [[nodiscard]] StatusOr<bool> RepairNext();
  // Drops what nothing uses any more of the device of the lowest key above `after`, and returns
  // the key to go on behind, which is `after` again when it left some; nothing when there is no
  // device. Tables, boots and runs go that nobody has named for `keep` and that no record uses; of
  // the runs those that the device itself has forgotten, with their books: it has opened sessions
  // for that long without naming them.
  [[nodiscard]] StatusOr<std::optional<int64_t>> Tidy(int64_t after, absl::Duration keep,
                                                      int64_t now_unix_ns);
  // All or nothing; nothing when its records have changed since it was found.
  [[nodiscard]] Status Apply(const MergeStep& step);
  Database::Cost cost() const { return database_->cost(); }
  // In the file: used again before it grows.
  [[nodiscard]] StatusOr<ByteCount> FreeBytes();
  // In the write-ahead log, by which the file may grow when they are moved into it.
  [[nodiscard]] StatusOr<ByteCount> LogBytes();
  // Gives the log's file back to the disk, unless a reader needs it.
  [[nodiscard]] Status EmptyLog();

 private:
  struct Run {
    int64_t key = 0;
    RunId id = 0;
    uint64_t order = 0;
    RunId follows = 0;
    bool has_commits = false;
  };
  struct Boot {
    int64_t key = 0;
    BootClock clock;
  };

  SqliteStore(std::unique_ptr<Database> database, std::shared_ptr<StoreHealth> health)
      : database_(std::move(database)), health_(std::move(health)) {}

  Status Prepare(Random& random, const FreeSpace& free_space);
  Status Make(Random& random);
  void Checkpoint();
  StatusOr<SessionAnswer> OpenSessionIn(const SessionOpening& opening);
  StatusOr<int64_t> PutDevice(const DeviceFacts& facts, int64_t now_unix_ns);
  StatusOr<int64_t> DeviceKey(const std::string& device_id);
  Status NoteChange(int64_t device, std::string_view what, const std::string& detail,
                    const std::string& issuer, const std::string& message, int64_t now_unix_ns);
  StatusOr<bool> PutOffer(const NewOffer& offer, int64_t now_unix_ns);
  StatusOr<int64_t> NoteEffective(int64_t device, const RevisionId& effective);
  StatusOr<std::optional<Run>> FindRun(int64_t device, RunId run);
  StatusOr<uint64_t> NextRunOrder(int64_t device, RunId follows);
  StatusOr<Run> PutRun(int64_t device, RunId run, RunId follows);
  StatusOr<Run> PutRunBefore(int64_t device, RunId run, const Run& next);
  StatusOr<Run> InsertRun(int64_t device, RunId run, RunId follows, uint64_t order);
  Status CloseBooks(const Run& run, Seq last_seq, const SeqSet& held,
                    const SessionOpening& opening);
  Status LoseRejected(const Run& run, const ToldLoss& loss, const SeqSet& held,
                      const SessionOpening& opening);
  Status AddGap(const Run& run, const ExplainedGap& gap, int64_t noted_unix_ns);
  StatusOr<SeqSet> GapsWithin(const Run& run, SeqRange seqs);
  StatusOr<SeqSet> SettledWithin(const Run& run, SeqRange seqs);
  StatusOr<Seq> LastSettled(const Run& run);
  StatusOr<SeqSet> Forgettable(const Run& run, const SeqSet& held,
                               const std::vector<SetAside>& copies);
  Status Settle(const Run& run, SeqRange seqs);
  Status HealGap(const Run& run, Seq seq);
  Status TakeBackRejection(const Run& run, Seq seq);
  StatusOr<Outcome> CommitOne(const Delivery& delivery, int64_t now_unix_ns);
  Status PutTable(int64_t device, const IncomingTable& table, int64_t now_unix_ns);
  Status NoteSeen(int64_t device, const TableId& table, int64_t now_unix_ns);
  Status NoteNamed(const Run& run, int64_t now_unix_ns);
  StatusOr<Outcome> CheckBlocks(int64_t device, const IncomingRecord& record, int64_t now_unix_ns);
  StatusOr<std::optional<uint64_t>> StoredChecksum(int64_t run, Seq seq);
  StatusOr<Outcome> StoreRecord(int64_t device, const IncomingRecord& record, int64_t now_unix_ns);
  // A record as the store has it.
  struct StoredAs {
    int64_t key = 0;
    bool timed = false;  // somebody knows its time
    int64_t age_unix_ns = 0;
  };
  Status PutHeads(int64_t device, const Run& run, const IncomingRecord& record,
                  const StoredAs& stored, int64_t now_unix_ns);
  Status NumberCommit(int64_t device, int64_t record);
  Status PutBlocks(const std::vector<BlockSpan>& blocks, int64_t record);
  Status DeleteRecord(int64_t key);
  Status CountBytes(int64_t record, int64_t sign);
  StatusOr<bool> MayForget(int64_t device, int64_t before_unix_ns);
  Status ForgetTables(int64_t device, int64_t before_unix_ns);
  Status ForgetBoots(int64_t device, int64_t before_unix_ns);
  Status ForgetRuns(int64_t device, int64_t before_unix_ns);
  StatusOr<bool> AreAsTheyCame(const std::vector<MergeCandidate>& members);
  Status Replace(const MergedRecord& merged);
  Status PutSlices(const MergedRecord& merged);
  StatusOr<int64_t> HighestCommit(const std::vector<MergeCandidate>& members);
  Status NoteFirstCommit(int64_t device, const Run& run, int64_t now_unix_ns);
  Status SettleRejected(int64_t device, const SetAside& copies, int64_t now_unix_ns);
  Status RaiseAlert(int64_t device, std::string_view kind, std::string_view detail,
                    int64_t now_unix_ns);
  Status NoteReport(int64_t device, const DeviceReport& report, int64_t now_unix_ns);
  StatusOr<Boot> PutBoot(int64_t device, const BootId& boot_id);
  Status Relearn(const Boot& boot);
  StatusOr<bool> RepairTimes(const Boot& boot, int64_t after);
  Status NoteBoot(int64_t device, const SessionOpening& opening);
  StatusOr<std::optional<int64_t>> OldestOver(const Retention& retention, int64_t now_unix_ns);

  std::unique_ptr<Database> database_;
  const std::shared_ptr<StoreHealth> health_;
  std::string store_id_;
};

// Query-confined.
class SqliteReader final : public StoreReader {
 public:
  // `health` is the store's, and hears of damage.
  [[nodiscard]] static StatusOr<std::unique_ptr<SqliteReader>> Open(
      const std::string& file, std::shared_ptr<StoreHealth> health = nullptr);

  Database::Cost cost() const { return database_->cost(); }
  StatusOr<std::vector<DeviceName>> DeviceNames() override;
  StatusOr<DeviceIdentity> Identity(const std::string& device_id) override;
  StatusOr<DeviceRow> Device(int64_t device) override;
  StatusOr<uint64_t> MissingTicks(int64_t device, TimeRange times) override;
  StatusOr<std::optional<StoredRecord>> Next(int64_t device, RecordCursor after,
                                             TimeRange times) override;
  StatusOr<std::optional<StoredRecord>> NextByTime(int64_t device, TimeCursor after,
                                                   TimeRange times) override;
  StatusOr<std::optional<CommittedRecord>> NextCommitted(int64_t device, uint64_t after) override;
  StatusOr<uint64_t> LastCommitted(int64_t device) override;
  StatusOr<std::string> Slice(int64_t key) override;
  StatusOr<std::vector<Head>> Heads(int64_t device) override;
  StatusOr<std::vector<TableId>> Tables(int64_t device) override;
  StatusOr<std::string> Table(const TableId& id) override;
  StatusOr<std::vector<StoredSpans>> Spans(int64_t device, RecordCursor after,
                                           size_t limit) override;
  StatusOr<std::vector<RunRow>> Runs(int64_t device) override;
  StatusOr<RunExtent> Extent(int64_t run) override;
  StatusOr<StoreFigures> Figures() override;
  StatusOr<std::vector<CommandRow>> Commands(int64_t device, size_t limit) override;
  StatusOr<CommandRow> Command(const std::string& id) override;
  StatusOr<ConfigurationRow> Configuration(int64_t device) override;
  StatusOr<std::vector<OfferRow>> Offers(int64_t device, size_t limit) override;
  StatusOr<RevisionRow> Revision(const std::string& hex_prefix) override;
  StatusOr<Labels> OperatorLabels(int64_t device) override;
  StatusOr<std::vector<AuditRow>> Audit(int64_t device, size_t limit) override;

 private:
  explicit SqliteReader(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  StatusOr<std::optional<StoredRecord>> NextInRun(RecordCursor after, TimeRange times);
  Status AddSlices(StoredRecord& record);
  StatusOr<int64_t> SpanMax(int64_t device);
  Status AddDetails(DeviceRow& row);
  Status AddReport(DeviceRow& row);
  StatusOr<std::optional<RecordCursor>> NextRun(int64_t device, RecordCursor after);
  Status AddBlocks(int64_t record, StoredSpans& spans);

  std::unique_ptr<Database> database_;
};

}  // namespace godwit::collector
