#include "collector/store/sqlite_series_count.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/checksum.h"
#include "codec/table.h"
#include "collector/limits.h"

namespace godwit::collector {
namespace {

Status AddSeries(std::string_view encoded, std::set<uint64_t>& hashes) {
  GODWIT_ASSIGN_OR_RETURN(Table table, DecodeTable(encoded));
  for (Series& series : table.series) {
    series.resolution = 0;  // no part of its identity
    hashes.insert(Checksum(EncodeCanonical({.series = {std::move(series)}})));
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<bool> SqliteSeriesCount::HasRoom(int64_t device, const std::vector<IncomingTable>& tables,
                                          uint64_t quota) {
  if (quota == 0) return true;
  GODWIT_ASSIGN_OR_RETURN(const uint64_t count, Count(device));
  GODWIT_ASSIGN_OR_RETURN(const Hashes fresh, Fresh(device, tables));
  return fresh.empty() || count + fresh.size() <= quota;
}

Status SqliteSeriesCount::Add(int64_t device, const std::vector<IncomingTable>& tables,
                              uint64_t quota) {
  if (quota == 0) return Forget(device);
  GODWIT_ASSIGN_OR_RETURN(const Hashes fresh, Fresh(device, tables));
  return Insert(device, fresh);
}

// The rows stay until they are counted again.
Status SqliteSeriesCount::Forget(int64_t device) {
  return database_.Prepare("UPDATE device SET series = NULL WHERE key = ? AND series IS NOT NULL")
      .Bind(device)
      .Run();
}

StatusOr<uint64_t> SqliteSeriesCount::Count(int64_t device) {
  {
    Statement find =
        database_.Prepare("SELECT series FROM device WHERE key = ? AND series IS NOT NULL");
    GODWIT_ASSIGN_OR_RETURN(const bool counted, find.Bind(device).Step());
    if (counted) return find.Unsigned(0);
  }
  return CountAnew(device);
}

// Of the tables that the device has, the newest.
StatusOr<uint64_t> SqliteSeriesCount::CountAnew(int64_t device) {
  Hashes series;
  {
    Statement rows = database_.Prepare(
        "SELECT encoded, series FROM device_table JOIN series_table USING (table_id)"
        " WHERE device = ? ORDER BY seen_unix_ns DESC");
    rows.Bind(device);
    uint64_t decoded = 0;
    while (decoded < kSeriesCountedAtOnce) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
      if (!more) break;
      GODWIT_RETURN_IF_ERROR(AddSeries(rows.Bytes(0), series));
      decoded += rows.Unsigned(1);
    }
  }
  GODWIT_RETURN_IF_ERROR(
      database_.Prepare("DELETE FROM device_series WHERE device = ?").Bind(device).Run());
  GODWIT_RETURN_IF_ERROR(
      database_.Prepare("UPDATE device SET series = 0 WHERE key = ?").Bind(device).Run());
  GODWIT_RETURN_IF_ERROR(Insert(device, series));
  return series.size();
}

// Those of the tables that the device does not have yet.
StatusOr<SqliteSeriesCount::Hashes> SqliteSeriesCount::Fresh(
    int64_t device, const std::vector<IncomingTable>& tables) {
  Hashes series;
  for (const IncomingTable& table : tables) {
    GODWIT_RETURN_IF_ERROR(AddSeries(table.encoded, series));
  }
  for (auto at = series.begin(); at != series.end();) {
    Statement find =
        database_.Prepare("SELECT 1 FROM device_series WHERE device = ? AND series = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool known, find.Bind(device).Bind(*at).Step());
    at = known ? series.erase(at) : std::next(at);
  }
  return series;
}

Status SqliteSeriesCount::Insert(int64_t device, const Hashes& series) {
  for (const uint64_t hash : series) {
    GODWIT_RETURN_IF_ERROR(
        database_.Prepare("INSERT INTO device_series VALUES (?, ?)").Bind(device).Bind(hash).Run());
  }
  return database_.Prepare("UPDATE device SET series = series + ? WHERE key = ?")
      .Bind(uint64_t{series.size()})
      .Bind(device)
      .Run();
}

}  // namespace godwit::collector
