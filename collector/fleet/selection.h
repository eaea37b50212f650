// Which columns of a device's tables a pattern selects, and the number each of those series has in
// one answer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "codec/table.h"
#include "collector/store/store.h"

namespace godwit::collector {

// Tables of one query, decoded once. Confined to its query.
class TableCache {
 public:
  explicit TableCache(StoreReader& reader) : reader_(reader) {}
  // Valid as long as the cache.
  [[nodiscard]] StatusOr<const Table*> Find(const TableId& id);

 private:
  StoreReader& reader_;
  std::map<TableId, Table> tables_;
};

// Query-confined.
class Selection {
 public:
  struct Column {
    uint32_t column = 0;  // of the table
    uint32_t series = 0;  // one number for equal series of all tables
  };

  // `accepts` may leave series out; empty: none are.
  using Accepts = bool (*)(const Series&);
  Selection(StoreReader& reader, std::string glob, Accepts accepts = nullptr)
      : tables_(reader), glob_(std::move(glob)), accepts_(accepts) {}

  // Ascending; valid as long as the selection.
  [[nodiscard]] StatusOr<const std::vector<Column>*> ColumnsOf(const TableId& id);
  [[nodiscard]] StatusOr<const Table*> TableOf(const TableId& id) { return tables_.Find(id); }

  // Of all tables asked for so far.
  size_t size() const { return series_.size(); }
  const Series& SeriesAt(uint32_t number) const { return *series_[number]; }

 private:
  TableCache tables_;
  const std::string glob_;
  const Accepts accepts_;
  std::map<TableId, std::vector<Column>> columns_;
  std::map<Series, uint32_t> numbers_;
  std::vector<const Series*> series_;  // keys of `numbers_`
};

}  // namespace godwit::collector
