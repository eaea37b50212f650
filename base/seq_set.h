// A set of sequence numbers kept as disjoint closed ranges, in order. What an agent holds and what
// a collector has settled are nearly always a handful of ranges, however many records there are.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace godwit {

using Seq = uint64_t;  // 1, 2, 3 … within a run; 0 means "none"

struct SeqRange {
  Seq first = 0;
  Seq last = 0;  // inclusive
  friend bool operator==(const SeqRange&, const SeqRange&) = default;
};

// Every operation is exact for all 64 bits: ranges come from disks and peers. Thread-compatible.
class SeqSet {
 public:
  SeqSet() = default;
  explicit SeqSet(const std::vector<SeqRange>& ranges);

  void Add(Seq seq) { Add(SeqRange{seq, seq}); }
  void Add(SeqRange range);
  void Remove(SeqRange range);

  bool Contains(Seq seq) const;
  // Every seq of the range is in the set.
  bool Contains(SeqRange range) const;
  bool empty() const { return ranges_.empty(); }
  // The lowest seq from `from` on that is in this set and not in `other`.
  std::optional<Seq> FirstNotIn(const SeqSet& other, Seq from) const;
  // How many numbers, not how many ranges; 2^64-1 for all of them.
  uint64_t Count() const;

  std::vector<SeqRange> Ranges() const;
  // The range that holds `seq`, which must be in the set.
  SeqRange RangeOf(Seq seq) const;
  // What lies in `range` and not in the set.
  std::vector<SeqRange> Missing(SeqRange range) const;

 private:
  std::map<Seq, Seq> ranges_;  // first -> last; disjoint and not adjacent
};

}  // namespace godwit
