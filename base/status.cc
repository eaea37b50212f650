#include "base/status.h"

#include <cstring>

#include "base/text.h"

namespace godwit {

Status Error(StatusCode code, std::string_view message) {
  return Status(code, absl::string_view(message.data(), message.size()));
}

Status Annotate(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  return Error(status.code(), Cat(context, ": ", Message(status)));
}

Status ErrnoError(int errno_value, std::string_view what) {
  return Error(absl::ErrnoToStatusCode(errno_value), Cat(what, ": ", std::strerror(errno_value)));
}

}  // namespace godwit
