#include "cli/alert_text.h"

#include <algorithm>

#include "base/text.h"
#include "cli/sample_rows.h"

namespace godwit::cli {

bool IsOpen(const v1::Alert& alert) {
  return alert.count() > alert.acknowledged();
}

std::string StateText(const v1::Alert& alert) {
  if (alert.acknowledged() == 0) return "open";
  const std::string who =
      Cat("acknowledged by ", alert.acknowledged_by(), " ", TimeText(alert.acknowledged_unix_ns()),
          ": ", alert.acknowledged_why());
  return IsOpen(alert) ? Cat("open again; ", alert.acknowledged(), " ", who) : who;
}

std::string AlertTexts(const v1::DeviceSummary& device, bool open) {
  std::string text;
  for (const v1::Alert& alert : device.alerts()) {
    if (IsOpen(alert) != open) continue;
    text += Cat(text.empty() ? "" : "; ", alert.kind(), " (", alert.count(), "): ", alert.detail());
  }
  return text;
}

std::string AlertKinds(const v1::DeviceSummary& device) {
  std::string text;
  for (const v1::Alert& alert : device.alerts()) {
    text += Cat(text.empty() ? "" : ", ", alert.kind(), IsOpen(alert) ? "" : " (acknowledged)");
  }
  return text.empty() ? "-" : text;
}

bool HasOpenAlert(const v1::DeviceSummary& device) {
  return std::any_of(device.alerts().begin(), device.alerts().end(), IsOpen);
}

}  // namespace godwit::cli
