#include <algorithm>
#include <vector>

#include "collector/store/store.h"

namespace godwit::collector {

std::vector<ExplainedGap> Explain(RunId run, SeqRange missing,
                                  const std::vector<ReportedLoss>& losses) {
  std::vector<ExplainedGap> gaps;
  SeqSet unexplained({missing});
  for (const ReportedLoss& loss : losses) {
    if (loss.run != run) continue;
    const SeqRange both{std::max(loss.seqs.first, missing.first),
                        std::min(loss.seqs.last, missing.last)};
    if (both.first > both.last || !unexplained.Contains(both)) continue;
    unexplained.Remove(both);
    gaps.push_back({both, loss.reason});
  }
  for (const SeqRange& range : unexplained.Ranges()) gaps.push_back({range, kUnaccounted});
  return gaps;
}

bool HasCopy(const SessionOpening& opening, const RecordName& name) {
  return std::any_of(opening.quarantined.begin(), opening.quarantined.end(),
                     [&](const QuarantinedRecords& copies) {
                       return copies.run == name.run && copies.seqs.first <= name.seq &&
                              name.seq <= copies.seqs.last;
                     });
}

}  // namespace godwit::collector
