#include "collector/fleet/selection.h"

#include <utility>

#include "base/text.h"
#include "collector/limits.h"

namespace godwit::collector {

StatusOr<const Table*> TableCache::Find(const TableId& id) {
  if (const auto found = tables_.find(id); found != tables_.end()) return &found->second;
  GODWIT_ASSIGN_OR_RETURN(const std::string encoded, reader_.Table(id));
  GODWIT_ASSIGN_OR_RETURN(Table table, DecodeTable(encoded));
  return &tables_.emplace(id, std::move(table)).first->second;
}

StatusOr<const std::vector<Selection::Column>*> Selection::ColumnsOf(const TableId& id) {
  if (const auto found = columns_.find(id); found != columns_.end()) return &found->second;
  GODWIT_ASSIGN_OR_RETURN(const Table* const table, tables_.Find(id));
  std::vector<Column> selected;
  for (size_t i = 0; i < table->series.size(); ++i) {
    const Series& series = table->series[i];
    if (!SeriesMatches(series, glob_) || (accepts_ != nullptr && !accepts_(series))) continue;
    const auto [at, added] = numbers_.emplace(series, static_cast<uint32_t>(series_.size()));
    if (added) series_.push_back(&at->first);
    selected.push_back({static_cast<uint32_t>(i), at->second});
  }
  if (series_.size() > kQuerySeriesMax) {
    return Error(StatusCode::kResourceExhausted,
                 Cat("more than ", kQuerySeriesMax, " series match; narrow the pattern"));
  }
  return &columns_.emplace(id, std::move(selected)).first->second;
}

}  // namespace godwit::collector
