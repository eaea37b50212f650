#include "base/status.h"

#include <cerrno>
#include <cstring>

#include "base/hidden_text.h"
#include "base/text.h"

namespace godwit {
namespace {

// absl has no code for failures of a disk.
StatusCode CodeFor(int errno_value) {
  switch (errno_value) {
    case EIO:
    case ENODEV:
    case ENXIO:
      return StatusCode::kInternal;
    case EROFS:
      return StatusCode::kFailedPrecondition;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return StatusCode::kResourceExhausted;
    default:
      return absl::ErrnoToStatusCode(errno_value);
  }
}

}  // namespace

std::string Message(const Status& status) {
  return WithHiddenTexts({status.message().data(), status.message().size()});
}

Status Error(StatusCode code, std::string_view message) {
  return Status(code, absl::string_view(message.data(), message.size()));
}

Status Annotate(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  return Error(status.code(), Cat(context, ": ", Message(status)));
}

Status ErrnoError(int errno_value, std::string_view what) {
  return Error(CodeFor(errno_value), Cat(what, ": ", std::strerror(errno_value)));
}

}  // namespace godwit
