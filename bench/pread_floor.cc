// pread_floor ROUNDS [PAUSE_MS]: what the kernel asks for what the system sensor asks it each time:
// each file by one bare pread on a descriptor that is kept open; and every tenth time, as that
// sensor does by default, the file of paging, one poll of the list of mounts and one statvfs.
// Prints microseconds of CPU a round. With a pause between them each round finds its caches cold,
// as a sensor does that is read once a second.
#include <fcntl.h>
#include <poll.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

// The default of paging.every and filesystem.every.
constexpr int kEvery = 10;

// In nanoseconds, where getrusage counts scheduler ticks.
double CpuSeconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

[[noreturn]] void Fail(const std::string& what) {
  std::perror(what.c_str());
  std::exit(EXIT_FAILURE);
}

int Opened(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) Fail(path);
  return file;
}

// The default of disk.exclude.
bool IsExcluded(const std::string& disk) {
  for (const char* prefix : {"loop", "ram", "zram", "sr", "fd"}) {
    if (disk.starts_with(prefix)) return true;
  }
  return false;
}

std::vector<int> OpenFiles() {
  std::vector<std::string> paths = {"/proc/stat", "/proc/loadavg", "/proc/meminfo",
                                    "/proc/net/dev"};
  for (const auto& entry : std::filesystem::directory_iterator("/sys/block")) {
    if (!IsExcluded(entry.path().filename())) paths.push_back(entry.path().string() + "/stat");
  }
  std::vector<int> files;
  for (const std::string& path : paths) files.push_back(Opened(path));
  return files;
}

void Pread(int file, std::vector<char>& buffer) {
  if (pread(file, buffer.data(), buffer.size(), 0) <= 0) Fail("pread");
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 2000;
  const int pause_ms = argc > 2 ? std::atoi(argv[2]) : 0;
  const std::vector<int> files = OpenFiles();
  const int paging = Opened("/proc/vmstat");
  pollfd mounts = {.fd = Opened("/proc/self/mountinfo"), .events = POLLPRI, .revents = 0};
  std::vector<char> buffer(64 * 1024);
  const double before = CpuSeconds();
  for (int round = 0; round < rounds; ++round) {
    if (pause_ms > 0) usleep(static_cast<useconds_t>(pause_ms) * 1000);
    for (const int file : files) Pread(file, buffer);
    if (round % kEvery != 0) continue;
    Pread(paging, buffer);
    if (poll(&mounts, 1, 0) < 0) Fail("poll");
    struct statvfs status {};
    if (statvfs("/", &status) != 0) Fail("statvfs");
  }
  std::printf("%.1f\n", (CpuSeconds() - before) / rounds * 1e6);
  return EXIT_SUCCESS;
}
