#include "agent/spool/loss_list.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"

namespace godwit::agent {
namespace {

bool Overlap(SeqRange a, SeqRange b) {
  return a.first <= b.last && b.first <= a.last;
}

// They overlap, or one follows the other.
bool Touch(SeqRange a, SeqRange b) {
  return Overlap(a, b) || a.last + 1 == b.first || b.last + 1 == a.first;
}

bool SameCause(const Loss& a, const Loss& b) {
  return a.run == b.run && a.reason == b.reason;
}

}  // namespace

void LossList::Add(const Loss& loss) {
  const auto joins = [&](const Loss& other) {
    return SameCause(other, loss) && Touch(other.seqs, loss.seqs);
  };
  const auto oldest = std::find_if(losses_.begin(), losses_.end(), joins);
  if (oldest == losses_.end()) {
    losses_.push_back(loss);
    if (losses_.size() > kLossesMax) losses_.erase(losses_.begin());
    return;
  }
  Loss joined = loss;
  for (const Loss& other : losses_) {
    if (!joins(other)) continue;
    joined.seqs.first = std::min(joined.seqs.first, other.seqs.first);
    joined.seqs.last = std::max(joined.seqs.last, other.seqs.last);
  }
  *oldest = joined;
  losses_.erase(std::remove_if(oldest + 1, losses_.end(), joins), losses_.end());
}

// Removes the range from every loss for which `of` is true.
template <typename Of>
void LossList::Cut(SeqRange seqs, Of of) {
  std::vector<Loss> left;
  for (const Loss& loss : losses_) {
    if (!of(loss) || !Overlap(loss.seqs, seqs)) {
      left.push_back(loss);
      continue;
    }
    if (loss.seqs.first < seqs.first) {
      left.push_back({loss.run, {loss.seqs.first, seqs.first - 1}, loss.reason});
    }
    if (loss.seqs.last > seqs.last) {
      left.push_back({loss.run, {seqs.last + 1, loss.seqs.last}, loss.reason});
    }
  }
  losses_ = std::move(left);
}

void LossList::Remove(const Loss& loss) {
  Cut(loss.seqs, [&](const Loss& other) { return SameCause(other, loss); });
}

void LossList::Forget(RunId run, SeqRange seqs) {
  Cut(seqs, [&](const Loss& other) { return other.run == run; });
}

bool LossList::Contains(const Loss& loss) const {
  return std::any_of(losses_.begin(), losses_.end(), [&](const Loss& other) {
    return SameCause(other, loss) && other.seqs.first <= loss.seqs.first &&
           loss.seqs.last <= other.seqs.last;
  });
}

bool LossList::Touches(RunId run, SeqRange seqs) const {
  return std::any_of(losses_.begin(), losses_.end(), [&](const Loss& other) {
    return other.run == run && Overlap(other.seqs, seqs);
  });
}

}  // namespace godwit::agent
