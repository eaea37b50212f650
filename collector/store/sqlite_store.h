// The store over SQLite: the ports of Store by one connection, which does all writes and all
// checkpoints, and a class for each part. synchronous=FULL, so that a commit that returned survives
// a power cut on storage that honours flushes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/store/migrations.h"
#include "collector/store/sqlite.h"
#include "collector/store/sqlite_alerts.h"
#include "collector/store/sqlite_clocks.h"
#include "collector/store/sqlite_commands.h"
#include "collector/store/sqlite_labels.h"
#include "collector/store/sqlite_merging.h"
#include "collector/store/sqlite_record_rows.h"
#include "collector/store/sqlite_records.h"
#include "collector/store/sqlite_retention.h"
#include "collector/store/sqlite_revisions.h"
#include "collector/store/sqlite_sessions.h"
#include "collector/store/sqlite_tidying.h"
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
  StatusOr<CommandRow> Issue(const NewCommand& command, int64_t now_unix_ns) override {
    return commands_.Issue(command, now_unix_ns);
  }
  StatusOr<std::vector<CommandRow>> OpenCommands(const std::string& device_id,
                                                 int64_t now_unix_ns) override {
    return commands_.OpenCommands(device_id, now_unix_ns);
  }
  StatusOr<CommandAnswer> Report(const CommandReport& report, int64_t now_unix_ns) override {
    return commands_.Report(report, now_unix_ns);
  }
  StatusOr<std::vector<size_t>> Push(const std::vector<NewOffer>& offers,
                                     int64_t now_unix_ns) override {
    return revisions_.Push(offers, now_unix_ns);
  }
  StatusOr<std::optional<OfferRow>> OfferFor(const std::string& device_id,
                                             const RevisionId& effective) override {
    return revisions_.OfferFor(device_id, effective);
  }
  StatusOr<std::string> RevisionText(const std::string& device_id,
                                     const RevisionId& revision) override {
    return revisions_.RevisionText(device_id, revision);
  }
  Status ReportRevision(const RevisionReport& report, int64_t now_unix_ns) override {
    return revisions_.ReportRevision(report, now_unix_ns);
  }
  Status SetLabels(const LabelChange& change, int64_t now_unix_ns) override {
    return labels_.SetLabels(change, now_unix_ns);
  }
  Status Acknowledge(const AlertAcknowledgement& alerts, int64_t now_unix_ns) override {
    return alerts_.Acknowledge(alerts, now_unix_ns);
  }
  StatusOr<size_t> Prune(const Retention& retention, size_t records, int64_t now_unix_ns) override {
    return retention_.Prune(retention, records, now_unix_ns);
  }
  // Goes on with what was left to do in the background when the store was brought up to date; false
  // when it is done. Some milliseconds.
  [[nodiscard]] StatusOr<bool> FillIn() { return rows_.FillIn(); }
  // Goes on putting right the times of a boot whose clock has become known; false when there is
  // none left. Some milliseconds.
  [[nodiscard]] StatusOr<bool> RepairNext() { return clocks_.RepairNext(); }
  // Drops what nothing uses any more of the device of the lowest key above `after`, and returns
  // the key to go on behind, which is `after` again when it left some; nothing when there is no
  // device. Tables, boots and runs go that nobody has named for `keep` and that no record uses; of
  // the runs those that the device itself has forgotten, with their books: it has opened sessions
  // for that long without naming them.
  [[nodiscard]] StatusOr<std::optional<int64_t>> Tidy(int64_t after, absl::Duration keep,
                                                      int64_t now_unix_ns) {
    return tidying_.Tidy(after, keep, now_unix_ns);
  }
  // In one transaction, each all or nothing; the status of each. Nothing of one whose records have
  // changed since it was found.
  [[nodiscard]] StatusOr<std::vector<Status>> Apply(const std::vector<MergeStep>& steps);
  Database::Cost cost() const { return database_->cost(); }
  // In the file: used again before it grows.
  [[nodiscard]] StatusOr<ByteCount> FreeBytes();
  // In the write-ahead log, by which the file may grow when they are moved into it.
  [[nodiscard]] StatusOr<ByteCount> LogBytes();
  // Gives the log's file back to the disk, unless a reader needs it.
  [[nodiscard]] Status EmptyLog();

 private:
  SqliteStore(std::unique_ptr<Database> database, std::shared_ptr<StoreHealth> health)
      : database_(std::move(database)), health_(std::move(health)) {}

  Status Prepare(Random& random, const FreeSpace& free_space);
  Status Make(Random& random);

  const std::unique_ptr<Database> database_;
  const std::shared_ptr<StoreHealth> health_;
  std::string store_id_;
  SqliteSessions sessions_{*database_};
  SqliteRecords records_{*database_};
  SqliteCommands commands_{*database_};
  SqliteRevisions revisions_{*database_};
  SqliteLabels labels_{*database_};
  SqliteAlerts alerts_{*database_};
  SqliteClocks clocks_{*database_};
  SqliteRecordRows rows_{*database_};
  SqliteMerging merging_{*database_};
  SqliteRetention retention_{*database_};
  SqliteTidying tidying_{*database_};
};

}  // namespace godwit::collector
