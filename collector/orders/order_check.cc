#include "collector/orders/order_check.h"

#include <string>
#include <string_view>

#include "base/text.h"
#include "codec/limits.h"
#include "collector/limits.h"

namespace godwit::collector {
namespace {

Status Wrong(const std::string& why) {
  return Error(StatusCode::kInvalidArgument, why);
}

Status CheckId(std::string_view what, const std::string& id) {
  if (id.empty() || id.size() == kOrderIdSize) return absl::OkStatus();
  return Wrong(Cat(what, ": must have ", kOrderIdSize, " bytes"));
}

// What operators write, and other people read.
Status CheckPlainText(std::string_view what, std::string_view text) {
  if (text.size() <= kCommandTextBytesMax && IsPlainUtf8(text)) return absl::OkStatus();
  return Wrong(Cat(what, ": more than ", kCommandTextBytesMax, " bytes, or not plain text"));
}

// Who, and why.
Status CheckOrigin(const std::string& issuer, const std::string& message) {
  GODWIT_RETURN_IF_ERROR(CheckPlainText("issuer", issuer));
  return CheckPlainText("message", message);
}

bool IsLabelText(const std::string& text) {
  return text.size() <= kAttributeBytesMax && IsPlainUtf8(text);
}

}  // namespace

Status CheckCommand(const NewCommand& command, absl::Duration life) {
  GODWIT_RETURN_IF_ERROR(CheckId("command_id", command.id));
  if (command.kind.empty()) return Wrong("kind: empty");
  GODWIT_RETURN_IF_ERROR(CheckPlainText("kind", command.kind));
  GODWIT_RETURN_IF_ERROR(CheckOrigin(command.issuer, command.message));
  if (command.arguments.size() > kCommandArgumentsMax) {
    return Wrong(Cat("arguments: more than ", kCommandArgumentsMax));
  }
  for (const auto& [name, value] : command.arguments) {
    GODWIT_RETURN_IF_ERROR(CheckPlainText("arguments", name + value));
  }
  if (life >= absl::Seconds(1) && life <= kCommandLifeMax) return absl::OkStatus();
  return Wrong("life: must be from 1 second to 30 days");
}

Status CheckPush(const RevisionPush& push) {
  GODWIT_RETURN_IF_ERROR(CheckId("push_id", push.id));
  if (push.text.size() > kRevisionBytesMax) {
    return Wrong(Cat("text: ", push.text.size(), " bytes; the limit is ", kRevisionBytesMax));
  }
  return CheckOrigin(push.issuer, push.message);
}

Status CheckLabels(const LabelChange& change) {
  if (change.set.empty() && change.remove.empty()) return Wrong("no label is named");
  for (const auto& [key, value] : change.set) {
    if (!key.empty() && IsLabelText(key) && IsLabelText(value)) continue;
    return Wrong(Cat("labels: keys of 1 to ", kAttributeBytesMax,
                     " bytes, values up to that, both plain text"));
  }
  for (const std::string& key : change.remove) {
    if (key.empty() || !IsLabelText(key))
      return Wrong("labels: a key to remove is not a valid key");
    if (change.set.contains(key)) return Wrong(Cat("labels: '", key, "' is both set and removed"));
  }
  return CheckOrigin(change.issuer, change.message);
}

Status CheckAcknowledgement(const AlertAcknowledgement& alerts) {
  if (alerts.seen.empty()) return Wrong("no alert is named");
  if (alerts.seen.size() > kAlertKindsMax) {
    return Wrong(Cat("alerts: more than ", kAlertKindsMax));
  }
  for (const auto& [kind, count] : alerts.seen) {
    GODWIT_RETURN_IF_ERROR(CheckPlainText("kind", kind));
    if (count == 0) return Wrong(Cat("alert '", kind, "': the number of occurrences is 0"));
  }
  if (alerts.message.empty()) return Wrong("message: an acknowledgement needs a reason");
  return CheckOrigin(alerts.issuer, alerts.message);
}

}  // namespace godwit::collector
