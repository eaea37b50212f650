#include "collector/store/group_chains.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/checksum.h"
#include "base/text.h"
#include "codec/table.h"
#include "collector/limits.h"

namespace godwit::collector {

bool SharedSeries::Between(const TableId& a, const TableId& b) {
  const auto first = Of(a);
  const auto second = Of(b);
  auto at = second->begin();
  return std::any_of(first->begin(), first->end(), [&](uint64_t identity) {
    at = std::lower_bound(at, second->end(), identity);
    return at != second->end() && *at == identity;
  });
}

std::shared_ptr<const SharedSeries::Identities> SharedSeries::Of(const TableId& id) {
  if (const auto found = known_.find(id); found != known_.end()) return found->second;
  auto identities = std::make_shared<Identities>();
  const auto encoded = read_(id);
  const auto table = encoded.ok() ? DecodeTable(*encoded) : StatusOr<Table>(encoded.status());
  if (table.ok()) {
    for (const Series& series : table->series) {
      identities->push_back(
          Checksum(Cat(SeriesText(series), "\n", series.unit, "\n", KindName(series.kind))));
    }
  }
  std::sort(identities->begin(), identities->end());
  kept_ += identities->size() + 1;
  if (kept_ > kComparedSeriesKept) {
    known_.clear();
    kept_ = identities->size() + 1;
  }
  known_[id] = identities;
  return identities;
}

std::optional<TableId> GroupChains::Continue(const TableId& table, const EndedBefore& ended_before,
                                             SharedSeries& shared) {
  const auto own = chain_of_.find(table);
  if (own != chain_of_.end()) {
    TableId& last = last_[own->second];
    if (last == table || ended_before(last)) return std::exchange(last, table);
    // Both have ticks at one time: they are lists of two groups.
    own->second = last_.size();
    last_.push_back(table);
    return table;
  }
  const std::optional<size_t> chain = ChainOfNew(table, ended_before, shared);
  chain_of_[table] = chain.value_or(last_.size());
  if (chain) return std::exchange(last_[*chain], table);
  last_.push_back(table);
  return std::nullopt;
}

std::optional<size_t> GroupChains::ChainOfNew(const TableId& table, const EndedBefore& ended_before,
                                              SharedSeries& shared) const {
  std::optional<size_t> found;
  if (last_.size() > kGroupsCompared) return found;
  for (size_t i = 0; i < last_.size(); ++i) {
    if (!ended_before(last_[i]) || !shared.Between(last_[i], table)) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

bool GroupChains::IsLast(const TableId& table) const {
  const auto own = chain_of_.find(table);
  return own != chain_of_.end() && last_[own->second] == table;
}

}  // namespace godwit::collector
