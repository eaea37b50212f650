// pread_floor ROUNDS: what the kernel asks for the files that the system sensor reads: each by one
// bare pread on a descriptor that is kept open, and one statvfs. Prints microseconds a round.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 2000;
  std::vector<int> files;
  for (const char* path :
       {"/proc/stat", "/proc/loadavg", "/proc/meminfo", "/proc/vmstat", "/proc/diskstats",
        "/proc/net/dev", "/proc/uptime", "/proc/self/mountinfo"}) {
    files.push_back(open(path, O_RDONLY | O_CLOEXEC));
  }
  std::vector<char> buffer(64 * 1024);
  const double before = CpuSeconds();
  for (int round = 0; round < rounds; ++round) {
    for (const int file : files) {
      if (pread(file, buffer.data(), buffer.size(), 0) <= 0) return EXIT_FAILURE;
    }
    struct statvfs status {};
    statvfs("/", &status);
  }
  std::printf("%.1f\n", (CpuSeconds() - before) / rounds * 1e6);
  return EXIT_SUCCESS;
}
