#include "cli/operator.h"

#include <cstdlib>

namespace godwit::cli {

std::string OperatorName() {
  for (const char* name : {"USER", "LOGNAME"}) {
    if (const char* user = std::getenv(name); user != nullptr && *user != '\0') return user;
  }
  return "operator";
}

}  // namespace godwit::cli
