#include "collector/store/label.h"

#include "base/text.h"
#include "collector/store/command.h"
#include "collector/store/revision.h"

namespace godwit::collector {

std::string AuditDetail(const NewCommand& command) {
  std::string detail = command.kind;
  for (const auto& [name, value] : command.arguments) detail += Cat(" ", name, "=", value);
  return detail;
}

std::string AuditDetail(const NewOffer& offer) {
  if (offer.revision.empty()) return "its own files alone";
  return Cat("revision ", Hex(offer.revision).substr(0, 8));
}

std::string AuditDetail(const LabelChange& change) {
  std::string detail;
  for (const auto& [key, value] : change.set) {
    detail += Cat(detail.empty() ? "" : " ", key, "=", value);
  }
  for (const std::string& key : change.remove) detail += Cat(detail.empty() ? "" : " ", key, "-");
  return detail;
}

}  // namespace godwit::collector
