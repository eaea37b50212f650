// What operators write, and other people read: who, why, and names.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "collector/limits.h"

namespace godwit::collector {

// kInvalidArgument names `what`.
[[nodiscard]] inline Status CheckPlainText(std::string_view what, std::string_view text) {
  if (text.size() <= kCommandTextBytesMax && IsPlainUtf8(text)) return absl::OkStatus();
  return Error(StatusCode::kInvalidArgument,
               Cat(what, ": more than ", kCommandTextBytesMax, " bytes, or no plain text"));
}

// Who, and why.
[[nodiscard]] inline Status CheckOrigin(const std::string& issuer, const std::string& message) {
  GODWIT_RETURN_IF_ERROR(CheckPlainText("issuer", issuer));
  return CheckPlainText("message", message);
}

}  // namespace godwit::collector
