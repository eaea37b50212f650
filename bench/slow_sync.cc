// Preloaded into a program (LD_PRELOAD), makes each fsync and fdatasync take SLOW_SYNC_MS longer: a
// disk that is slow to say that something is safe, such as a hard disk or a busy cloud volume.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

namespace {

using Sync = int (*)(int);

int Slowly(const char* name, int file) {
  static const useconds_t delay_us = [] {
    const char* const text = std::getenv("SLOW_SYNC_MS");
    return text == nullptr ? 0u : static_cast<useconds_t>(std::atoi(text)) * 1000u;
  }();
  usleep(delay_us);
  return reinterpret_cast<Sync>(dlsym(RTLD_NEXT, name))(file);
}

}  // namespace

extern "C" int fsync(int file) {
  return Slowly("fsync", file);
}

extern "C" int fdatasync(int file) {
  return Slowly("fdatasync", file);
}
