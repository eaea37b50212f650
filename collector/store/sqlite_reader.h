// Reads the store over SQLite, by the ports of StoreReader: one connection, and a class for each
// port.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/store/sqlite_commands.h"
#include "collector/store/sqlite_device_reader.h"
#include "collector/store/sqlite_labels.h"
#include "collector/store/sqlite_record_reader.h"
#include "collector/store/sqlite_revisions.h"
#include "collector/store/sqlite_series_reader.h"
#include "collector/store/store.h"

namespace godwit::collector {

// Query-confined.
class SqliteReader final : public StoreReader {
 public:
  // Opens a reader. Damage is reported to `health`, which is the store's.
  [[nodiscard]] static StatusOr<std::unique_ptr<SqliteReader>> Open(
      const std::string& file, std::shared_ptr<StoreHealth> health = nullptr);

  Database::Cost cost() const { return database_->cost(); }

  void Watch(Abandoned abandoned) override { database_->Supervise(std::move(abandoned)); }

  StatusOr<std::vector<DeviceName>> DeviceNames() override { return devices_.DeviceNames(); }
  StatusOr<DeviceIdentity> Identity(const std::string& device_id) override {
    return devices_.Identity(device_id);
  }
  StatusOr<DeviceRow> Device(int64_t device) override { return devices_.Device(device); }
  StatusOr<uint64_t> MissingTicks(int64_t device, TimeRange times) override {
    return devices_.MissingTicks(device, times);
  }
  StatusOr<std::vector<RunRow>> Runs(int64_t device) override { return devices_.Runs(device); }
  StatusOr<RunExtent> Extent(int64_t run) override { return devices_.Extent(run); }
  StatusOr<StoreStatistics> Statistics() override { return devices_.Statistics(); }

  StatusOr<std::optional<StoredRecord>> Next(int64_t device, RecordCursor after,
                                             TimeRange times) override {
    return records_.Next(device, after, times);
  }
  StatusOr<std::optional<StoredRecord>> NextByTime(int64_t device, TimeCursor after,
                                                   TimeRange times) override {
    return records_.NextByTime(device, after, times);
  }
  StatusOr<std::optional<CommittedRecord>> NextCommitted(int64_t device, uint64_t after) override {
    return records_.NextCommitted(device, after);
  }
  StatusOr<uint64_t> LastCommitted() override { return records_.LastCommitted(); }
  StatusOr<std::string> Slice(int64_t key) override { return records_.Slice(key); }
  StatusOr<std::vector<StoredSpans>> Spans(int64_t device, RecordCursor after,
                                           size_t limit) override {
    return records_.Spans(device, after, limit);
  }

  StatusOr<std::vector<Head>> Heads(int64_t device) override { return series_.Heads(device); }
  StatusOr<std::vector<TableId>> Tables(int64_t device) override { return series_.Tables(device); }
  StatusOr<std::string> Table(const TableId& id) override { return series_.Table(id); }

  StatusOr<std::vector<CommandRow>> Commands(int64_t device, size_t limit) override {
    return commands_.Commands(device, limit);
  }
  StatusOr<CommandRow> Command(const std::string& id) override { return commands_.Command(id); }

  StatusOr<ConfigurationRow> Configuration(int64_t device) override {
    return revisions_.Configuration(device);
  }
  StatusOr<std::vector<OfferRow>> Offers(int64_t device, size_t limit) override {
    return revisions_.Offers(device, limit);
  }
  StatusOr<RevisionRow> Revision(const std::string& hex_prefix) override {
    return revisions_.Revision(hex_prefix);
  }

  StatusOr<Labels> OperatorLabels(int64_t device) override {
    return labels_.OperatorLabels(device);
  }
  StatusOr<std::vector<AuditRow>> Audit(int64_t device, size_t limit) override {
    return labels_.Audit(device, limit);
  }

 private:
  explicit SqliteReader(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  const std::unique_ptr<Database> database_;
  SqliteDeviceReader devices_{*database_};
  SqliteRecordReader records_{*database_};
  SqliteSeriesReader series_{*database_};
  SqliteCommandReader commands_{*database_};
  SqliteRevisionReader revisions_{*database_};
  SqliteLabelReader labels_{*database_};
};

}  // namespace godwit::collector
