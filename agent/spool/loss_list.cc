#include "agent/spool/loss_list.h"

#include "agent/limits.h"

namespace godwit::agent {

void LossList::Add(const Loss& loss) {
  seqs_[{loss.run, loss.reason}].Add(loss.seqs);
  if (const auto all = All(); all.size() > kLossesMax) Remove(all.front());
}

void LossList::Remove(const Loss& loss) {
  const auto found = seqs_.find({loss.run, loss.reason});
  if (found == seqs_.end()) return;
  found->second.Remove(loss.seqs);
  if (found->second.empty()) seqs_.erase(found);
}

bool LossList::Contains(const Loss& loss) const {
  const auto found = seqs_.find({loss.run, loss.reason});
  return found != seqs_.end() && found->second.Contains(loss.seqs);
}

bool LossList::Touches(RunId run, SeqRange seqs) const {
  for (const auto& [key, lost] : seqs_) {
    if (key.first != run) continue;
    const auto missing = lost.Missing(seqs);
    if (missing.size() != 1 || missing.front() != seqs) return true;
  }
  return false;
}

std::vector<Loss> LossList::All() const {
  std::vector<Loss> all;
  for (const auto& [key, seqs] : seqs_) {
    for (const SeqRange& range : seqs.Ranges()) all.push_back({key.first, range, key.second});
  }
  return all;
}

}  // namespace godwit::agent
