#include "platform/linux/spawner_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "platform/linux/file_descriptor.h"
#include "platform/linux/spawner_protocol.h"

namespace godwit {
namespace {

using spawner::Ending;
using spawner::Header;

// What a program may have. Who needs more runs it as a service and lets it send statsd.
constexpr rlim_t kMemoryBytesMax = rlim_t{512} << 20;
constexpr rlim_t kFilesMax = 64;
constexpr rlim_t kFileBytesMax = rlim_t{16} << 20;  // written to one file: flash is short
constexpr int kNiceness = 5;
// The first to go when memory is short (proc(5), oom_score_adj).
constexpr std::string_view kOutOfMemoryScore = "500";
// Between asking a program to end and ending it.
constexpr int64_t kGraceMs = 1000;
constexpr size_t kProgramsMax = 64;

int64_t NowMs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// A request as it came.
struct Request {
  Header header;
  std::string bytes;
  std::vector<FileDescriptor> passed;

  // The words and variables, as exec wants them; false when the packet is not whole.
  bool Strings(std::vector<char*>& words, std::vector<char*>& variables) {
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
};

// Nothing of a program's environment is ours, but for a PATH.
char default_path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

void Limit(decltype(RLIMIT_AS) what, rlim_t most) {
  const rlimit limit = {.rlim_cur = most, .rlim_max = most};
  setrlimit(what, &limit);
}

// In the program's own process, before it is one. Tells an errno over `told` when it cannot be.
[[noreturn]] void Become(const std::vector<char*>& words, const std::vector<char*>& variables,
                         int output, int error_output, int told) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_AS, kMemoryBytesMax);
  Limit(RLIMIT_NOFILE, kFilesMax);
  Limit(RLIMIT_FSIZE, kFileBytesMax);
  setpriority(PRIO_PROCESS, 0, kNiceness);
  const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0) {
    [[maybe_unused]] const ssize_t wrote =
        write(score, kOutOfMemoryScore.data(), kOutOfMemoryScore.size());
    close(score);
  }
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(error_output, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) ::signal(signal, SIG_DFL);
  if (chdir("/") == 0) execve(words[0], words.data(), variables.data());
  const int error = errno;
  [[maybe_unused]] const ssize_t wrote = write(told, &error, sizeof error);
  _exit(127);
}

// One program that runs.
struct Program {
  pid_t pid = 0;
  FileDescriptor control{-1};
  int64_t deadline_ms = 0;
  bool over = false;      // its deadline has passed: it was asked to end
  bool unwanted = false;  // the asker has hung up: likewise
};

class Process {
 public:
  explicit Process(int socket) : socket_(socket) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, nullptr);
    signals_ = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  }

  void Serve() {
    while (Wait()) {
      EndThoseOver();
      Reap();
    }
    for (const Program& program : programs_) kill(-program.pid, SIGKILL);
    programs_.clear();
    KillStrays(0);
  }

 private:
  // Until something happens; false when the agent is gone.
  bool Wait() {
    std::vector<pollfd> polled = {{socket_, POLLIN, 0}, {signals_, POLLIN, 0}};
    int64_t next = -1;
    for (const Program& program : programs_) {
      polled.push_back({program.unwanted ? -1 : program.control.get(), POLLIN, 0});
      next = next < 0 ? program.deadline_ms : std::min(next, program.deadline_ms);
    }
    const int wait = next < 0 ? -1 : static_cast<int>(std::max<int64_t>(next - NowMs(), 0));
    if (poll(polled.data(), polled.size(), wait) < 0) return errno == EINTR;
    signalfd_siginfo info;
    while (read(signals_, &info, sizeof info) > 0) continue;
    for (size_t i = 0; i < programs_.size(); ++i) {
      if (polled[i + 2].revents != 0) Stop(programs_[i], programs_[i].unwanted);
    }
    return polled[0].revents == 0 || TakeRequest();
  }

  bool TakeRequest() {
    Request request;
    request.bytes.resize(spawner::kRequestBytesMax);
    iovec part = {.iov_base = request.bytes.data(), .iov_len = request.bytes.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * spawner::kDescriptors)] = {};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = recvmsg(socket_, &message, MSG_CMSG_CLOEXEC);
    if (got <= 0) return got < 0 && errno == EINTR;
    for (cmsghdr* rights = CMSG_FIRSTHDR(&message); rights != nullptr;
         rights = CMSG_NXTHDR(&message, rights)) {
      const size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(rights) + i * sizeof fd, sizeof fd);
        request.passed.emplace_back(fd);
      }
    }
    request.bytes.resize(static_cast<size_t>(got));
    if (request.bytes.size() < sizeof(Header) || request.passed.size() != spawner::kDescriptors) {
      return true;
    }
    std::memcpy(&request.header, request.bytes.data(), sizeof(Header));
    StartProgram(std::move(request));
    return true;
  }

  void StartProgram(Request request) {
    FileDescriptor control = std::move(request.passed[2]);
    std::vector<char*> words;
    std::vector<char*> variables = {default_path};
    if (!request.Strings(words, variables)) return Tell(control.get(), {.error = EINVAL});
    if (programs_.size() >= kProgramsMax) return Tell(control.get(), {.error = EAGAIN});
    int told[2];
    if (pipe2(told, O_CLOEXEC) != 0) return Tell(control.get(), {.error = errno});
    const FileDescriptor told_here(told[0]);
    FileDescriptor told_there(told[1]);
    const pid_t pid = fork();
    if (pid == 0) {
      Become(words, variables, request.passed[0].get(), request.passed[1].get(), told[1]);
    }
    if (pid < 0) return Tell(control.get(), {.error = errno});
    setpgid(pid, pid);  // on both sides: whoever comes first
    told_there = FileDescriptor(-1);
    int error = 0;
    if (read(told_here.get(), &error, sizeof error) == sizeof error) {
      waitpid(pid, nullptr, 0);
      return Tell(control.get(), {.error = error});
    }
    programs_.push_back({.pid = pid,
                         .control = std::move(control),
                         .deadline_ms = NowMs() + request.header.deadline_ms});
  }

  static void Tell(int control, const Ending& ending) {
    send(control, &ending, sizeof ending, MSG_NOSIGNAL);
  }

  // Asks it to end; ends it when the grace is over.
  static void Stop(Program& program, bool& why) {
    const bool asked = program.over || program.unwanted;
    why = true;
    if (asked) return;
    kill(-program.pid, SIGTERM);
    program.deadline_ms = NowMs() + kGraceMs;
  }

  void EndThoseOver() {
    for (Program& program : programs_) {
      if (program.deadline_ms > NowMs()) continue;
      if (program.over || program.unwanted) {
        kill(-program.pid, SIGKILL);
        program.deadline_ms = NowMs() + kGraceMs;
      } else {
        Stop(program, program.over);
      }
    }
  }

  void Reap() {
    siginfo_t info{};
    // Seen first and reaped after its group is killed: until then the group's number is its own.
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
      const auto ended = std::find_if(programs_.begin(), programs_.end(),
                                      [&](const Program& p) { return p.pid == info.si_pid; });
      if (ended != programs_.end()) kill(-info.si_pid, SIGKILL);
      waitpid(info.si_pid, nullptr, 0);
      if (ended != programs_.end()) {
        KillStrays(info.si_pid);
        Tell(ended->control.get(), {.code = info.si_status,
                                    .signalled = info.si_code != CLD_EXITED,
                                    .deadline = ended->over});
        programs_.erase(ended);
      }
      info = {};
    }
    KillStrays(0);
  }

  // Children that are no program of ours have left their group, and lost their parent. Such a one
  // may have children again, which come to us when it dies: so until there are none. One that the
  // kernel does not let die (it waits for a disk) is not waited for: it is found again.
  void KillStrays(pid_t ended) {
    constexpr int kRoundsMax = 50;
    constexpr int kRoundMs = 1;
    for (int round = 0; round < kRoundsMax; ++round) {
      bool found = false;
      for (const pid_t child : Children()) {
        if (child == ended || IsProgram(child)) continue;
        found = true;
        kill(child, SIGKILL);
        waitpid(child, nullptr, WNOHANG);
      }
      if (!found) return;
      poll(nullptr, 0, kRoundMs);
    }
  }

  bool IsProgram(pid_t pid) const {
    return std::any_of(programs_.begin(), programs_.end(),
                       [pid](const Program& program) { return program.pid == pid; });
  }

  // Needs CONFIG_PROC_CHILDREN, which distributions' kernels have; without it strays live on.
  static std::vector<pid_t> Children() {
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

  const int socket_;
  int signals_ = -1;
  std::vector<Program> programs_;
};

}  // namespace

void RunSpawnerProcess(int socket, pid_t parent) {
  prctl(PR_SET_NAME, "godwit-spawner");
  if (getppid() != parent) _exit(0);  // it was faster
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  setsid();  // signals of a terminal are for the agent
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1}) ::signal(signal, SIG_IGN);
  // Only the socket, and where a crash would be told.
  const int kept = dup3(socket, 3, O_CLOEXEC) < 0 ? socket : 3;
  if (kept == 3) syscall(SYS_close_range, 4u, ~0u, 0u);
  Process(kept).Serve();
  _exit(0);
}

}  // namespace godwit
