// Finds the columns of a device's tables that a pattern selects, and numbers their series within
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

// The tables of one query, each decoded once. Confined to the query.
class TableCache {
 public:
  explicit TableCache(StoreReader& reader) : reader_(reader) {}
  // Returns a table, valid for as long as the cache.
  [[nodiscard]] StatusOr<const Table*> Find(const TableId& id);

 private:
  StoreReader& reader_;
  std::map<TableId, Table> tables_;
};

// The selected columns. Query-confined.
class Selection {
 public:
  struct Column {
    uint32_t column = 0;  // of the table
    uint32_t series = 0;  // one number for equal series of all tables
  };

  // Returns whether a series is accepted; null: all are.
  using Accepts = bool (*)(const Series&);
  Selection(StoreReader& reader, std::string glob, Accepts accepts = nullptr)
      : tables_(reader), glob_(std::move(glob)), accepts_(accepts) {}

  // Returns the selected columns of a table, ascending; valid for as long as the selection.
  [[nodiscard]] StatusOr<const std::vector<Column>*> ColumnsOf(const TableId& id);
  [[nodiscard]] StatusOr<const Table*> TableOf(const TableId& id) { return tables_.Find(id); }

  // Returns the number of series in all tables so far.
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
