// The store over SQLite: implements the ports of Store over one connection, which does all writes
// and all checkpoints, with a class for each part. It uses synchronous=FULL, so that a commit that
// has returned survives a power cut on storage that honours flushes.
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

// Returns the file in the store's folder.
std::string StoreFile(const std::string& directory);

// Writer-confined.
class SqliteStore final : public Store {
 public:
  // Opens the store. Makes it if there is none, and migrates one of an older version, with
  // `free_space` as for Migrate. kFailedPrecondition: the file has a version that cannot be read. A
  // store that lacks tables is opened, and takes nothing.
  [[nodiscard]] static StatusOr<std::unique_ptr<SqliteStore>> Open(
      const std::string& file, Random& random, const FreeSpace& free_space = nullptr);

  // Opens an existing store. kFailedPrecondition: it is not of the current version.
  [[nodiscard]] static StatusOr<std::unique_ptr<SqliteStore>> OpenExisting(const std::string& file);

  // Returns the health of the file; null for a store opened by OpenExisting.
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
  // Continues the background work that a migration left. Returns false when it is complete. Takes
  // some milliseconds.
  [[nodiscard]] StatusOr<bool> FillIn() { return rows_.FillIn(); }
  // Continues to correct the times of a boot whose clock has become known. Returns false if there
  // is none left. Takes some milliseconds.
  [[nodiscard]] StatusOr<bool> RepairNext() { return clocks_.RepairNext(); }
  // Drops the unused rows of the device of the lowest key above `after`. Returns the key to
  // continue after, which is `after` again if it left some; nothing if there is no device. It drops
  // tables, boots and runs that were not named for `keep` and that no record uses; of the runs,
  // with their accounting, those that the device itself has forgotten: it has opened sessions for
  // that long without naming them.
  [[nodiscard]] StatusOr<std::optional<int64_t>> Tidy(int64_t after, absl::Duration keep,
                                                      int64_t now_unix_ns) {
    return tidying_.Tidy(after, keep, now_unix_ns);
  }
  // Applies steps in one transaction, each all or nothing, and returns the status of each. A step
  // whose records have changed since it was found does nothing.
  [[nodiscard]] StatusOr<std::vector<Status>> Apply(const std::vector<MergeStep>& steps);
  Database::Cost cost() const { return database_->cost(); }
  // Returns the free bytes in the file, which are used again before it grows.
  [[nodiscard]] StatusOr<ByteCount> FreeBytes();
  // Returns the bytes in the write-ahead log, by which the file may grow when they are moved into
  // it.
  [[nodiscard]] StatusOr<ByteCount> LogBytes();
  // Returns the log's file to the disk, unless a reader needs it.
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
