#include "platform/linux/host.h"

#include <absl/synchronization/mutex.h>
#include <limits.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "platform/linux/linux_sensor_input.h"
#include "platform/linux/patient_call.h"

namespace godwit {
namespace {

StatusOr<std::string> ReadTrimmed(const std::string& path) {
  LinuxSensorInput input;
  GODWIT_ASSIGN_OR_RETURN(auto file, input.Open(path));
  GODWIT_ASSIGN_OR_RETURN(const std::string_view text, file->Read());
  // Device-tree strings end in a NUL, others in a newline.
  const size_t end = text.find_first_of(std::string_view("\0\n", 2));
  return std::string(text.substr(0, end));
}

// Each word with a NUL behind it.
StatusOr<std::string> ReadCommandLine() {
  LinuxSensorInput input;
  GODWIT_ASSIGN_OR_RETURN(auto file, input.Open("/proc/self/cmdline"));
  GODWIT_ASSIGN_OR_RETURN(const std::string_view text, file->Read());
  return std::string(text);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

StatusOr<std::string> MachineId() {
  constexpr size_t kDigits = 32;
  GODWIT_ASSIGN_OR_RETURN(std::string id, ReadTrimmed("/etc/machine-id"));
  if (id.size() != kDigits || id.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return Error(
        StatusCode::kFailedPrecondition,
        "/etc/machine-id holds no machine id; run systemd-machine-id-setup, or set agent.id "
        "to \"@hostname\", \"@serial\" or a name of your own");
  }
  return id;
}

StatusOr<std::string> Hostname() {
  char name[HOST_NAME_MAX + 1] = {};
  if (gethostname(name, sizeof(name) - 1) != 0) return ErrnoError(errno, "read the host name");
  return std::string(name);
}

StatusOr<std::string> SerialNumber() {
  for (const char* path : {"/proc/device-tree/serial-number", "/sys/class/dmi/id/product_serial"}) {
    if (auto serial = ReadTrimmed(path); serial.ok() && !serial->empty()) return serial;
  }
  return Error(StatusCode::kNotFound,
               "this machine has no serial number (neither in the device tree nor in DMI); set "
               "agent.id to \"@machine-id\", \"@hostname\" or a name of your own");
}

StatusOr<BootId> CurrentBootId() {
  GODWIT_ASSIGN_OR_RETURN(const std::string text, ReadTrimmed("/proc/sys/kernel/random/boot_id"));
  BootId id;
  int high = -1;
  for (const char c : text) {
    if (c == '-') continue;
    const int digit = HexDigit(c);
    if (digit < 0) break;
    if (high < 0) {
      high = digit;
      continue;
    }
    id.push_back(static_cast<char>(static_cast<uint8_t>(high * 16 + digit)));
    high = -1;
  }
  if (id.size() != kBootIdSize) {
    return Error(StatusCode::kInternal, Cat("boot id '", text, "' is not a UUID"));
  }
  return id;
}

std::optional<std::string> EnvironmentVariable(const std::string& name) {
  const char* value = getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

void KeepMemorySmall() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 128 * 1024);
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

void SkipLockOrderSearch() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

void ForgetStartup() {
  // The first object is the program itself. Segments that may be written hold more than the file.
  dl_iterate_phdr(
      [](dl_phdr_info* object, size_t, void*) {
        const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
        for (size_t i = 0; i < object->dlpi_phnum; ++i) {
          const auto& segment = object->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
          const uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) / page * page;
          const uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
          madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
        }
        return 1;
      },
      nullptr);
}

Status BeginAnew() {
  GODWIT_ASSIGN_OR_RETURN(const std::string words, ReadCommandLine());
  std::vector<char*> arguments;
  for (size_t at = 0; at < words.size(); at += strlen(words.c_str() + at) + 1) {
    arguments.push_back(const_cast<char*>(words.c_str()) + at);
  }
  arguments.push_back(nullptr);
  execv("/proc/self/exe", arguments.data());
  return ErrnoError(errno, "restart the program");
}

void ReturnFreeMemory() {
  malloc_trim(0);
}

StatusOr<std::string> ResolveLinks(const std::string& path) {
  const auto resolve = [path]() -> StatusOr<std::string> {
    char resolved[PATH_MAX];
    if (realpath(path.c_str(), resolved) == nullptr) {
      return ErrnoError(errno, Cat("resolve ", path));
    }
    return std::string(resolved);
  };
  auto resolved = CallWithin<StatusOr<std::string>>(kResolvePatience, "resolve", resolve);
  if (resolved) return *std::move(resolved);
  return Error(StatusCode::kDeadlineExceeded,
               Cat("resolve ", path, ": its file system does not answer"));
}

void ReapLeftovers() {
  constexpr int kTries = 200;
  constexpr useconds_t kPauseUs = 10'000;
  for (int i = 0; i < kTries && waitpid(-1, nullptr, WNOHANG) >= 0; ++i) usleep(kPauseUs);
}

uint64_t RaiseFileLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::string BusyThreads() {
  LinuxSensorInput input;
  const auto threads = input.List("/proc/self/task");
  std::string busy;
  for (const std::string& thread : threads.value_or(std::vector<std::string>())) {
    // "1234 (query-0) S 1 …"; a thread may have ended.
    const auto stat = ReadTrimmed(Cat("/proc/self/task/", thread, "/stat"));
    if (!stat.ok() || thread == std::to_string(gettid())) continue;
    const size_t begin = stat->find('(');
    const size_t end = stat->rfind(") ");
    if (begin == std::string::npos || end == std::string::npos || end + 2 >= stat->size()) continue;
    const char state = (*stat)[end + 2];
    if (state == 'S') continue;
    busy += Cat(busy.empty() ? "" : ", ", stat->substr(begin + 1, end - begin - 1), " ",
                std::string(1, state));
  }
  return busy;
}

uint64_t ResidentBytes() {
  const auto text = ReadTrimmed("/proc/self/statm");  // in pages: size, resident, …
  if (!text.ok()) return 0;
  unsigned long long size = 0;
  unsigned long long resident = 0;
  if (std::sscanf(text->c_str(), "%llu %llu", &size, &resident) != 2) return 0;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace godwit
