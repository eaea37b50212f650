#include "platform/linux/linux_random.h"

#include <sys/random.h>

#include "base/check.h"

namespace godwit {

uint64_t LinuxRandom::Next() {
  uint64_t bits = 0;
  // 8 bytes are never cut short once the kernel's pool is ready (getrandom(2)).
  GODWIT_CHECK(getrandom(&bits, sizeof(bits), 0) == sizeof(bits));
  return bits;
}

}  // namespace godwit
