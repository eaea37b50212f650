// pread_floor ROUNDS [PAUSE_MS]: what the kernel asks for the files that the system sensor reads:
// each by one bare pread on a descriptor that is kept open, and one statvfs. The list of mounts,
// the dearest of them, is read in one round of eleven, as by the sensor. Prints microseconds of CPU
// a round. With a pause between them each round finds its caches cold, as a sensor does that is
// read once a second.
#include <fcntl.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

// kReadingsPerLook of system_filesystem.cc lie between two looks.
constexpr int kRoundsPerMounts = 11;

// In nanoseconds, where getrusage counts scheduler ticks.
double CpuSeconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 2000;
  const int pause_ms = argc > 2 ? std::atoi(argv[2]) : 0;
  std::vector<int> files;
  for (const char* path : {"/proc/stat", "/proc/loadavg", "/proc/meminfo", "/proc/vmstat",
                           "/proc/diskstats", "/proc/net/dev", "/proc/uptime"}) {
    files.push_back(open(path, O_RDONLY | O_CLOEXEC));
  }
  const int mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
  std::vector<char> buffer(64 * 1024);
  const auto read_whole = [&](int file) {
    if (pread(file, buffer.data(), buffer.size(), 0) <= 0) std::exit(EXIT_FAILURE);
  };
  const double before = CpuSeconds();
  for (int round = 0; round < rounds; ++round) {
    if (pause_ms > 0) usleep(static_cast<useconds_t>(pause_ms) * 1000);
    for (const int file : files) read_whole(file);
    if (round % kRoundsPerMounts == 0) read_whole(mounts);
    struct statvfs status {};
    statvfs("/", &status);
  }
  std::printf("%.1f\n", (CpuSeconds() - before) / rounds * 1e6);
  return EXIT_SUCCESS;
}
