// The losses that the device has not reported yet, at most kLossesMax ranges. The oldest are
// dropped first; the collector then finds the gap without a reason.
#pragma once

#include <vector>

#include "agent/spool/segment_format.h"

namespace godwit::agent {

// Thread-compatible.
class LossList {
 public:
  // Adds a loss. It is joined with those of the same run and reason that it touches, in the place
  // of the oldest.
  void Add(const Loss& loss);
  void Remove(const Loss& loss);
  // Removes losses that have turned out not to be lost, whatever their reason was.
  void Forget(RunId run, SeqRange seqs);
  bool Contains(const Loss& loss) const;
  // Returns whether any of these sequence numbers is lost, for whatever reason.
  bool Touches(RunId run, SeqRange seqs) const;
  // Returns the losses in the order in which they were added.
  const std::vector<Loss>& All() const { return losses_; }

 private:
  template <typename Of>
  void Cut(SeqRange seqs, Of of);

  std::vector<Loss> losses_;  // of one run and reason: disjoint and not adjacent
};

}  // namespace godwit::agent
