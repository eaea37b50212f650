#include "collector/store/alert.h"

#include "base/text.h"

namespace godwit::collector {

std::string AuditDetail(const AlertAcknowledgement& alerts) {
  std::string detail;
  for (const auto& [kind, count] : alerts.seen) {
    detail += Cat(detail.empty() ? "" : ", ", kind, " (", count, ")");
  }
  return detail;
}

}  // namespace godwit::collector
