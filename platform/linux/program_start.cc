#include "platform/linux/program_start.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string_view>

#include "platform/linux/signal_hold.h"

namespace godwit::spawner {
namespace {

// What a program may have. Who needs more runs it as a service and lets it send statsd.
constexpr rlim_t kMemoryBytesMax = rlim_t{512} << 20;
constexpr rlim_t kFilesMax = 64;
constexpr rlim_t kFileBytesMax = rlim_t{16} << 20;  // written to one file: flash is short
constexpr int kNiceness = 5;
// The first to go when memory is short (proc(5), oom_score_adj).
constexpr std::string_view kOutOfMemoryScore = "500";

void Limit(decltype(RLIMIT_AS) what, rlim_t most) {
  const rlimit limit = {.rlim_cur = most, .rlim_max = most};
  setrlimit(what, &limit);
}

// In the program's own process, before it is one. Writes an errno to the error pipe if it cannot.
[[noreturn]] void Become(const std::vector<char*>& words, const std::vector<char*>& variables,
                         int output, int error_output, int error_pipe) {
  setpgid(0, 0);
  prctl(PR_SET_NAME, "godwit-program");  // until exec gives it a name of its own
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(error_output, STDERR_FILENO);
  // exec may hang for ever. Whatever else is open here would stay so as long: the sockets of other
  // programs, whose askers wait for their end.
  constexpr int kErrorPipe = STDERR_FILENO + 1;
  if (error_pipe != kErrorPipe && dup3(error_pipe, kErrorPipe, O_CLOEXEC) < 0) _exit(127);
  CloseFrom(kErrorPipe + 1);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0) {
    [[maybe_unused]] const ssize_t wrote =
        write(score, kOutOfMemoryScore.data(), kOutOfMemoryScore.size());
    close(score);
  }
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_AS, kMemoryBytesMax);
  Limit(RLIMIT_NOFILE, kFilesMax);
  Limit(RLIMIT_FSIZE, kFileBytesMax);
  setpriority(PRIO_PROCESS, 0, kNiceness);
  ReleaseAllSignals();
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGUSR1}) ::signal(signal, SIG_DFL);
  if (chdir("/") == 0) execve(words[0], words.data(), variables.data());
  const int error = errno;
  [[maybe_unused]] const ssize_t wrote = write(kErrorPipe, &error, sizeof error);
  _exit(127);
}

}  // namespace

bool Request::Strings(std::vector<char*>& words, std::vector<char*>& variables) {
  char* at = bytes.data() + sizeof(Header);
  char* const end = bytes.data() + bytes.size();
  const auto take = [&](uint32_t count, std::vector<char*>& out) {
    for (uint32_t i = 0; i < count; ++i) {
      char* zero = std::find(at, end, '\0');
      if (zero == end) return false;
      out.push_back(at);
      at = zero + 1;
    }
    out.push_back(nullptr);
    return true;
  };
  return take(header.words, words) && take(header.variables, variables) && words.size() > 1;
}

Started StartProgram(const Request& request, const std::vector<char*>& words,
                     const std::vector<char*>& variables, int& error) {
  int error_pipe[2];
  if (pipe2(error_pipe, O_CLOEXEC) != 0) {
    error = errno;
    return {};
  }
  Started started{.error_pipe = FileDescriptor(error_pipe[0])};
  const FileDescriptor error_pipe_there(error_pipe[1]);
  fcntl(error_pipe[0], F_SETFL, O_NONBLOCK);
  started.pid = fork();
  if (started.pid == 0) {
    Become(words, variables, request.passed[0].get(), request.passed[1].get(), error_pipe[1]);
  }
  if (started.pid < 0) {
    error = errno;
    return {};
  }
  setpgid(started.pid, started.pid);  // on both sides: the first one counts
  return started;
}

void CloseFrom(unsigned first) {
  if (syscall(SYS_close_range, first, ~0u, 0u) == 0) return;
  // A kernel before 5.9. The spawner never has more than some hundred.
  constexpr unsigned kDescriptorsMax = 1024;
  for (unsigned fd = first; fd < kDescriptorsMax; ++fd) close(static_cast<int>(fd));
}

}  // namespace godwit::spawner
