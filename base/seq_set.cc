#include "base/seq_set.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "base/check.h"

namespace godwit {

SeqSet::SeqSet(const std::vector<SeqRange>& ranges) {
  for (const SeqRange& range : ranges) Add(range);
}

void SeqSet::Add(SeqRange range) {
  if (range.first > range.last) return;
  auto next = ranges_.upper_bound(range.first);
  if (next != ranges_.begin()) {
    // `last >= first - 1` without the underflow at first = 0: touching ranges become one.
    const auto before = std::prev(next);
    if (before->second >= range.first || before->second + 1 == range.first) {
      range.first = before->first;
      range.last = std::max(range.last, before->second);
      next = ranges_.erase(before);
    }
  }
  while (next != ranges_.end() && (next->first <= range.last || next->first - 1 == range.last)) {
    range.last = std::max(range.last, next->second);
    next = ranges_.erase(next);
  }
  ranges_.emplace(range.first, range.last);
}

void SeqSet::Remove(SeqRange range) {
  if (range.first > range.last) return;
  auto at = ranges_.upper_bound(range.first);
  if (at != ranges_.begin()) --at;
  while (at != ranges_.end() && at->first <= range.last) {
    const SeqRange held{at->first, at->second};
    if (held.last < range.first) {
      ++at;
      continue;
    }
    at = ranges_.erase(at);
    if (held.first < range.first) ranges_.emplace(held.first, range.first - 1);
    if (held.last > range.last) ranges_.emplace(range.last + 1, held.last);
  }
}

bool SeqSet::Contains(Seq seq) const {
  return Contains(SeqRange{seq, seq});
}

bool SeqSet::Contains(SeqRange range) const {
  auto at = ranges_.upper_bound(range.first);
  if (at == ranges_.begin()) return false;
  --at;
  return at->first <= range.first && range.last <= at->second;
}

std::optional<Seq> SeqSet::FirstNotIn(const SeqSet& other, Seq from) const {
  auto at = ranges_.upper_bound(from);
  if (at != ranges_.begin()) --at;
  for (; at != ranges_.end(); ++at) {
    Seq seq = std::max(from, at->first);
    while (seq <= at->second) {
      if (!other.Contains(seq)) return seq;
      const Seq covered_to = other.RangeOf(seq).last;
      if (covered_to >= at->second) break;  // before the addition: the last number has no next
      seq = covered_to + 1;
    }
  }
  return std::nullopt;
}

uint64_t SeqSet::Count() const {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  uint64_t count = 0;
  for (const auto& [first, last] : ranges_) {
    const uint64_t more = last - first;  // one less than the range has
    if (more >= kMax - count) return kMax;
    count += more + 1;
  }
  return count;
}

std::vector<SeqRange> SeqSet::Ranges() const {
  std::vector<SeqRange> out;
  out.reserve(ranges_.size());
  for (const auto& [first, last] : ranges_) out.push_back({first, last});
  return out;
}

// A caller that names a seq outside the set has not asked Contains: no input does that by itself.
SeqRange SeqSet::RangeOf(Seq seq) const {
  auto at = ranges_.upper_bound(seq);
  GODWIT_CHECK(at != ranges_.begin());
  --at;
  GODWIT_CHECK(seq <= at->second);
  return {at->first, at->second};
}

std::vector<SeqRange> SeqSet::Missing(SeqRange range) const {
  std::vector<SeqRange> out;
  if (range.first > range.last) return out;
  Seq next = range.first;
  auto at = ranges_.upper_bound(range.first);
  if (at != ranges_.begin()) --at;
  for (; at != ranges_.end() && at->first <= range.last; ++at) {
    if (at->second < next) continue;
    if (at->first > next) out.push_back({next, at->first - 1});
    if (at->second >= range.last) return out;
    next = at->second + 1;
  }
  out.push_back({next, range.last});
  return out;
}

}  // namespace godwit
