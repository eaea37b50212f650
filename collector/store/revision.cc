// The rules of revisions that both stores follow.
#include "collector/store/revision.h"

namespace godwit::collector {

std::string_view OfferStateName(OfferState state) {
  switch (state) {
    case OfferState::kWaiting:
      return "waiting";
    case OfferState::kApplying:
      return "applying";
    case OfferState::kApplied:
      return "applied";
    case OfferState::kUnset:
      return "unset";
    case OfferState::kFailed:
      return "failed";
  }
  return "unknown";
}

void Take(const RevisionReport& report, int64_t now_unix_ns, OfferRow& row) {
  if (report.state < row.state) return;
  row.state = report.state;
  row.reason = report.reason;
  row.reported_unix_ns = now_unix_ns;
}

}  // namespace godwit::collector
