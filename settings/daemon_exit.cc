#include "settings/daemon_exit.h"

#include <cstdio>

#include "base/exit_code.h"
#include "base/text.h"

namespace godwit {

int Fail(std::string_view program, const Status& status, int exit_code) {
  std::fprintf(stderr, "%s\n", Cat(program, ": ", Message(status)).c_str());
  return exit_code;
}

int RefuseSettings(const Status& settings) {
  std::fprintf(stderr, "%s\n", Message(settings).c_str());
  return kExitSettings;
}

int FailToRun(std::string_view program, const Status& status) {
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
      return RefuseSettings(status);
    case StatusCode::kPermissionDenied:
      return Fail(program, status, kExitPermission);
    case StatusCode::kUnavailable:
      return Fail(program, status, kExitUnreachable);
    default:
      return Fail(program, status, kExitStorage);
  }
}

}  // namespace godwit
