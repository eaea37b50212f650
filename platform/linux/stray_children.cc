#include "platform/linux/stray_children.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <system_error>
#include <vector>

#include "platform/linux/file_descriptor.h"

namespace godwit::spawner {
namespace {

// Needs CONFIG_PROC_CHILDREN, which distributions' kernels have; without it strays live on.
std::vector<pid_t> Children() {
  std::vector<pid_t> children;
  const FileDescriptor file(open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return children;
  std::array<char, 4096> text;
  const ssize_t got = read(file.get(), text.data(), text.size());
  const char* at = text.data();
  const char* const end = at + std::max<ssize_t>(got, 0);
  while (at < end) {
    pid_t pid = 0;
    const auto parsed = std::from_chars(at, end, pid);
    if (parsed.ec != std::errc{}) break;
    // A number at the very end of the buffer may be half of one.
    if (parsed.ptr == end && got == static_cast<ssize_t>(text.size())) break;
    children.push_back(pid);
    at = parsed.ptr + 1;
  }
  return children;
}

}  // namespace

void KillStrays(const std::function<bool(pid_t)>& is_ours) {
  constexpr int kRoundsMax = 50;
  constexpr int kRoundMs = 1;
  for (int round = 0; round < kRoundsMax; ++round) {
    bool found = false;
    for (const pid_t child : Children()) {
      if (is_ours(child)) continue;
      found = true;
      kill(child, SIGKILL);
      waitpid(child, nullptr, WNOHANG);
    }
    if (!found) return;
    poll(nullptr, 0, kRoundMs);
  }
}

}  // namespace godwit::spawner
