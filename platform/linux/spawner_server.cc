#include "platform/linux/spawner_server.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "platform/linux/file_descriptor.h"
#include "platform/linux/program_start.h"
#include "platform/linux/spawner_protocol.h"
#include "platform/linux/stray_children.h"

namespace godwit::spawner {
namespace {

// Nothing of a program's environment is ours, but for a PATH.
char default_path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Between asking a program to end and ending it, and between ending it and leaving it behind.
constexpr int64_t kGraceMs = 1000;
// What the kernel sends when the keeper dies.
constexpr int kKeeperDied = SIGUSR2;

int64_t NowMs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// One program that starts or runs.
struct Program {
  enum class Step { kRuns, kAskedToEnd, kKilled };
  pid_t pid = 0;
  std::string command;  // its words, each with a zero behind it
  FileDescriptor control{-1};
  FileDescriptor error_pipe{-1};  // valid until it has started
  int64_t deadline_ms = 0;        // of the step
  Step step = Step::kRuns;
  int error = 0;          // an errno: it could not be started
  bool unwanted = false;  // the asker has hung up
  bool over = false;      // its deadline has passed

  bool starting() const { return error_pipe.valid(); }
  // An errno comes when exec has failed; nothing, when it has not.
  void ReadStartError() {
    if (!error_pipe.valid()) return;
    const ssize_t got = read(error_pipe.get(), &error, sizeof error);
    if (got >= 0 || errno != EAGAIN) error_pipe = FileDescriptor(-1);
  }
};

// A program that was killed and did not die. It is reaped when it does.
struct LeftBehind {
  pid_t pid = 0;
  std::string command;
};

class Server {
 public:
  Server(int socket, uint32_t starts) : socket_(socket), starts_(starts) {
    sigset_t taken;
    sigemptyset(&taken);
    sigaddset(&taken, SIGCHLD);
    sigaddset(&taken, kKeeperDied);
    sigprocmask(SIG_BLOCK, &taken, nullptr);
    signals_ = FileDescriptor(signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  ServeEnd Run(pid_t keeper) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, kKeeperDied);
    keeper_gone_ = getppid() != keeper;  // it was faster
    while (!keeper_gone_ && Wait()) {
      EndThoseOver();
      Reap();
    }
    for (const Program& program : programs_) kill(-program.pid, SIGKILL);
    programs_.clear();
    KillStrays([](pid_t) { return false; });
    return keeper_gone_ ? ServeEnd::kKeeperGone : ServeEnd::kAgentGone;
  }

 private:
  // Until something happens; false when the agent is gone.
  bool Wait() {
    std::vector<pollfd> polled = {{socket_, POLLIN, 0}, {signals_.get(), POLLIN, 0}};
    int64_t next = -1;
    for (const Program& program : programs_) {
      polled.push_back({program.unwanted ? -1 : program.control.get(), POLLIN, 0});
      polled.push_back({program.error_pipe.get(), POLLIN, 0});
      next = next < 0 ? program.deadline_ms : std::min(next, program.deadline_ms);
    }
    const int wait = next < 0 ? -1 : static_cast<int>(std::max<int64_t>(next - NowMs(), 0));
    if (poll(polled.data(), polled.size(), wait) < 0) return errno == EINTR;
    signalfd_siginfo info;
    while (read(signals_.get(), &info, sizeof info) > 0) {
      keeper_gone_ = keeper_gone_ || info.ssi_signo == static_cast<uint32_t>(kKeeperDied);
    }
    for (size_t i = 0; i < programs_.size(); ++i) {
      if (polled[2 + 2 * i].revents != 0) {
        programs_[i].unwanted = true;
        AskToEnd(programs_[i]);
      }
      if (polled[3 + 2 * i].revents != 0) programs_[i].ReadStartError();
    }
    // A request that is not taken waits for the next server.
    return keeper_gone_ || polled[0].revents == 0 || TakeRequest();
  }

  bool TakeRequest() {
    Request request;
    request.bytes.resize(kRequestBytesMax);
    iovec part = {.iov_base = request.bytes.data(), .iov_len = request.bytes.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kDescriptors)] = {};
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
    if (request.bytes.size() < sizeof(Header) || request.passed.size() != kDescriptors) return true;
    std::memcpy(&request.header, request.bytes.data(), sizeof(Header));
    Start(std::move(request));
    return true;
  }

  void Start(Request request) {
    FileDescriptor control = std::move(request.passed[2]);
    std::vector<char*> words;
    std::vector<char*> variables = {default_path};
    if (!request.Strings(words, variables)) return Report(control.get(), {.error = EINVAL});
    std::string command;
    for (const char* word : words) {
      if (word != nullptr) command.append(word).push_back('\0');
    }
    const Refusal refusal = RefusalOf(command);
    if (refusal != Refusal::kNone) return Report(control.get(), {.refusal = refusal});
    int error = 0;
    Started started = StartProgram(request, words, variables, error);
    if (error != 0) return Report(control.get(), {.error = error});
    programs_.push_back({.pid = started.pid,
                         .command = std::move(command),
                         .control = std::move(control),
                         .error_pipe = std::move(started.error_pipe),
                         .deadline_ms = NowMs() + request.header.deadline_ms});
  }

  // One of a kind may hang: a sensor would leave another behind with every tick.
  Refusal RefusalOf(const std::string& command) const {
    const bool hangs =
        std::any_of(left_behind_.begin(), left_behind_.end(),
                    [&](const LeftBehind& other) { return other.command == command; });
    if (hangs) return Refusal::kStillHangs;
    if (left_behind_.size() >= kLeftBehindMax) return Refusal::kTooManyHang;
    return programs_.size() >= kProgramsMax ? Refusal::kTooManyRun : Refusal::kNone;
  }

  void Report(int control, Ending ending) const {
    ending.hanging = static_cast<uint32_t>(left_behind_.size());
    ending.starts = starts_;
    send(control, &ending, sizeof ending, MSG_NOSIGNAL);
  }

  static void AskToEnd(Program& program) {
    if (program.step != Program::Step::kRuns) return;
    program.step = Program::Step::kAskedToEnd;
    kill(-program.pid, SIGTERM);
    program.deadline_ms = NowMs() + kGraceMs;
  }

  // Asks it to end; ends it when the grace is over; leaves it behind when that does not end it.
  void EndThoseOver() {
    const int64_t now = NowMs();
    for (Program& program : programs_) {
      if (program.deadline_ms > now) continue;
      switch (program.step) {
        case Program::Step::kRuns:
          program.over = true;
          AskToEnd(program);
          break;
        case Program::Step::kAskedToEnd:
          program.step = Program::Step::kKilled;
          kill(-program.pid, SIGKILL);
          program.deadline_ms = now + kGraceMs;
          break;
        case Program::Step::kKilled:
          LeaveBehindUnlessDead(program);
          break;
      }
    }
    std::erase_if(programs_, [](const Program& program) { return program.pid == 0; });
  }

  void LeaveBehindUnlessDead(Program& program) {
    siginfo_t info{};
    const auto pid = static_cast<id_t>(program.pid);
    if (waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0) return;
    left_behind_.push_back({program.pid, std::move(program.command)});
    Report(program.control.get(),
           {.deadline = program.over, .left_behind = 1, .starting = program.starting()});
    program.pid = 0;
  }

  void Reap() {
    siginfo_t info{};
    // Seen first and reaped after its group is killed: until then the group's number is its own.
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
      const auto ended = std::find_if(programs_.begin(), programs_.end(),
                                      [&](const Program& p) { return p.pid == info.si_pid; });
      const bool was_left = std::erase_if(left_behind_, [&](const LeftBehind& left) {
                              return left.pid == info.si_pid;
                            }) > 0;
      if (ended != programs_.end() || was_left) kill(-info.si_pid, SIGKILL);
      waitpid(info.si_pid, nullptr, 0);
      if (ended != programs_.end()) ReportEnd(ended, info);
      info = {};
    }
    KillStrays([this](pid_t pid) { return IsOurs(pid); });
  }

  void ReportEnd(std::vector<Program>::iterator ended, const siginfo_t& info) {
    ended->ReadStartError();
    KillStrays([&](pid_t pid) { return pid == info.si_pid || IsOurs(pid); });
    if (ended->error != 0) {
      Report(ended->control.get(), {.error = ended->error});
    } else {
      Report(ended->control.get(), {.code = info.si_status,
                                    .signalled = info.si_code != CLD_EXITED,
                                    .deadline = ended->over});
    }
    programs_.erase(ended);
  }

  bool IsOurs(pid_t pid) const {
    const auto is = [pid](const auto& each) { return each.pid == pid; };
    return std::any_of(programs_.begin(), programs_.end(), is) ||
           std::any_of(left_behind_.begin(), left_behind_.end(), is);
  }

  const int socket_;
  const uint32_t starts_;
  FileDescriptor signals_{-1};
  std::vector<Program> programs_;
  std::vector<LeftBehind> left_behind_;
  bool keeper_gone_ = false;
};

}  // namespace

ServeEnd Serve(int socket, pid_t keeper, uint32_t starts) {
  return Server(socket, starts).Run(keeper);
}

}  // namespace godwit::spawner
