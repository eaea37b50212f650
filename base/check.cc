#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace godwit {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "BUG: %s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace godwit
