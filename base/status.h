// Adapts absl::Status to std::string_view, because the packaged abseil has a string_view of its
// own.
//
// Errors are values and carry their context in reading order: "append segment x: write: no space".
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace godwit {

using absl::Status;
using absl::StatusCode;
using absl::StatusOr;

[[nodiscard]] Status Error(StatusCode code, std::string_view message);

// Returns the same code with "context: " in front of the message; OK stays OK.
[[nodiscard]] Status Annotate(const Status& status, std::string_view context);

// Returns "what: strerror(errno_value)" with the canonical code of that errno; EIO is kInternal,
// EROFS kFailedPrecondition, ENOSPC, EDQUOT and EFBIG kResourceExhausted.
[[nodiscard]] Status ErrnoError(int errno_value, std::string_view what);

// Returns the message to show to people: expanded settings are hidden (base/hidden_text.h).
std::string Message(const Status& status);

}  // namespace godwit

#define GODWIT_RETURN_IF_ERROR(expression)                                                      \
  do {                                                                                          \
    if (::absl::Status return_status = (expression); !return_status.ok()) return return_status; \
  } while (false)

#define GODWIT_CONCAT_INNER_(a, b) a##b
#define GODWIT_CONCAT_(a, b) GODWIT_CONCAT_INNER_(a, b)

// GODWIT_ASSIGN_OR_RETURN(auto file, Open(path));
#define GODWIT_ASSIGN_OR_RETURN(declaration, expression) \
  GODWIT_ASSIGN_OR_RETURN_(GODWIT_CONCAT_(statusor_, __LINE__), declaration, expression)
#define GODWIT_ASSIGN_OR_RETURN_(temporary, declaration, expression) \
  auto temporary = (expression);                                     \
  if (!temporary.ok()) return temporary.status();                    \
  declaration = *std::move(temporary)
