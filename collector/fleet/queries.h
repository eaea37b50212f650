// What operators ask, answered a page at a time, so that memory is the same however many rows there
// are. Knows no gRPC.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codec/batch.h"
#include "codec/table.h"
#include "collector/fleet/page_builder.h"
#include "collector/store/store.h"

namespace godwit::collector {

// The device whose name or id begins with `prefix`, an exact match first. kNotFound, or
// kInvalidArgument naming the candidates when there are several.
[[nodiscard]] StatusOr<DeviceRow> FindDevice(StoreReader& reader, const std::string& prefix);

// Tables of one query, decoded once.
class TableCache {
 public:
  explicit TableCache(StoreReader& reader) : reader_(reader) {}
  // Valid as long as the cache.
  [[nodiscard]] StatusOr<const Table*> Find(const TableId& id);

 private:
  StoreReader& reader_;
  std::map<TableId, Table> tables_;
};

// Every sample of the selected series, by run, seq and tick. Query-confined.
class ExportQuery {
 public:
  ExportQuery(StoreReader& reader, const DeviceRow& device, std::string glob, TimeRange times);

  // Nothing at the end.
  [[nodiscard]] StatusOr<std::optional<v1::SamplePage>> NextPage();

 private:
  // Where the walk through the batch in hand stands.
  struct Place {
    size_t block = 0;
    size_t tick = 0;
    size_t column = 0;
  };

  [[nodiscard]] StatusOr<bool> LoadBatch();
  [[nodiscard]] Status AddBlock();
  const std::vector<size_t>& SelectedColumns(const TableId& id, const Table& table);

  StoreReader& reader_;
  const int64_t device_;
  const std::string glob_;
  const TimeRange times_;
  TableCache tables_;
  PageBuilder page_;
  std::map<TableId, std::vector<size_t>> selected_;  // columns the pattern selects
  RecordCursor cursor_;
  std::optional<Batch> batch_;
  int64_t shift_ns_ = 0;  // of the batch in hand
  Place place_;
};

// The newest value of each series. Query-confined.
class LatestQuery {
 public:
  LatestQuery(StoreReader& reader, const DeviceRow& device, std::string glob);

  [[nodiscard]] StatusOr<std::optional<v1::SamplePage>> NextPage();

 private:
  struct Newest {
    int64_t time_unix_ns = 0;
    Value value;
  };

  [[nodiscard]] Status Load();
  void Keep(const Block& block, const Table& table, int64_t shift_ns);

  StoreReader& reader_;
  const int64_t device_;
  const std::string glob_;
  PageBuilder page_;
  bool loaded_ = false;
  std::map<Series, Newest> newest_;
};

}  // namespace godwit::collector
