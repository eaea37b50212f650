// The losses that no collector has been told of yet: at most kLossesMax ranges, the oldest are
// forgotten first (the collector then finds the gap without a reason).
#pragma once

#include <map>
#include <vector>

#include "agent/spool/segment_format.h"

namespace godwit::agent {

// Thread-compatible.
class LossList {
 public:
  void Add(const Loss& loss);
  void Remove(const Loss& loss);
  bool Contains(const Loss& loss) const;
  // Whether any of these seqs is among them, for whatever reason.
  bool Touches(RunId run, SeqRange seqs) const;
  std::vector<Loss> All() const;

 private:
  std::map<std::pair<RunId, LossReason>, SeqSet> seqs_;
};

}  // namespace godwit::agent
