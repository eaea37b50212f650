// A set of sequence numbers, kept as disjoint closed ranges in order. The records that an agent
// holds, and those that a collector has settled, are nearly always a handful of ranges.
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

// A set of sequence numbers. Every operation is exact for all 64 bits, because ranges come from
// disks and peers. Thread-compatible.
class SeqSet {
 public:
  SeqSet() = default;
  explicit SeqSet(const std::vector<SeqRange>& ranges);

  // Add and remove numbers. A range whose first is above its last is empty and changes nothing.
  void Add(Seq seq) { Add(SeqRange{seq, seq}); }
  void Add(SeqRange range);
  void Remove(SeqRange range);

  bool Contains(Seq seq) const;
  // Returns whether every number of the range, which must not be empty, is in the set.
  bool Contains(SeqRange range) const;
  bool empty() const { return ranges_.empty(); }
  // Returns the lowest number from `from` on that is in this set and not in `other`.
  std::optional<Seq> FirstNotIn(const SeqSet& other, Seq from) const;
  // Returns the number of sequence numbers in the set, at most 2^64-1.
  uint64_t Count() const;

  std::vector<SeqRange> Ranges() const;
  // Returns the range that holds `seq`. Ends the process if `seq` is not in the set.
  SeqRange RangeOf(Seq seq) const;
  // Returns the parts of `range` that are not in the set.
  std::vector<SeqRange> Missing(SeqRange range) const;

 private:
  std::map<Seq, Seq> ranges_;  // first -> last; disjoint and not adjacent
};

}  // namespace godwit
