#include "platform/linux/linux_random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdint>

#include "base/check.h"

namespace godwit {

uint64_t LinuxRandom::Next() {
  uint64_t bits = 0;
  ssize_t got = -1;
  do {
    got = getrandom(&bits, sizeof(bits), 0);
  } while (got < 0 && errno == EINTR);  // by a signal, while the pool of an early boot fills
  // 8 bytes are never cut short, and the call has no other error for them (getrandom(2)).
  GODWIT_CHECK(got == sizeof(bits));
  return bits;
}

}  // namespace godwit
