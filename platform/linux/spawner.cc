#include "platform/linux/spawner.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "platform/linux/spawner_process.h"
#include "platform/linux/spawner_protocol.h"

namespace godwit {
namespace {

using spawner::Ending;
using spawner::Header;
using spawner::Refusal;

// Beyond a program's deadline, and the two seconds in which it is ended: the spawner was started
// again, or its machine stood still.
constexpr absl::Duration kAnswerPatience = absl::Seconds(10);

// Of a program that was not started, or did not end; OK of any other.
Status TroubleOf(const Ending& ending, absl::Duration deadline) {
  switch (ending.refusal) {
    case Refusal::kNone:
      break;
    case Refusal::kTooManyRun:
      return Error(StatusCode::kResourceExhausted,
                   Cat("not started: ", spawner::kProgramsMax, " programs are already running"));
    case Refusal::kStillHangs:
      return Error(StatusCode::kUnavailable,
                   "not started: an earlier start of this command still hangs in the kernel (does "
                   "its file system answer?)");
    case Refusal::kTooManyHang:
      return Error(StatusCode::kResourceExhausted,
                   Cat("not started: ", spawner::kLeftBehindMax,
                       " programs hang in the kernel (does their file system answer?)"));
  }
  if (ending.error != 0) return ErrnoError(ending.error, "start");
  if (ending.left_behind == 0) return absl::OkStatus();
  return Error(StatusCode::kDeadlineExceeded,
               Cat(ending.starting != 0 ? "it did not start within " : "it did not end within ",
                   DurationText(deadline),
                   " and hangs in the kernel (does its file system answer?): left behind"));
}

StatusOr<std::string> Encode(const ProgramRequest& request) {
  const Header header = {
      .deadline_ms = static_cast<uint32_t>(absl::ToInt64Milliseconds(request.deadline)),
      .words = static_cast<uint32_t>(request.command.size()),
      .variables = static_cast<uint32_t>(request.environment.size())};
  std::string out(reinterpret_cast<const char*>(&header), sizeof header);
  for (const std::string& word : request.command) out.append(word).push_back('\0');
  for (const auto& [name, value] : request.environment) {
    out.append(Cat(name, "=", value)).push_back('\0');
  }
  if (out.size() <= spawner::kRequestBytesMax) return out;
  return Error(StatusCode::kInvalidArgument, "the command is too long");
}

// A pair of descriptors: a pipe's two ends, or a socket's.
struct Pair {
  FileDescriptor ours{-1};
  FileDescriptor theirs{-1};
};

StatusOr<Pair> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoError(errno, "pipe");
  Pair pair{.ours = FileDescriptor(ends[0]), .theirs = FileDescriptor(ends[1])};
  fcntl(ends[0], F_SETFL, O_NONBLOCK);  // ours only: the flag is the end's
  return pair;
}

StatusOr<Pair> MakeSocket() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return ErrnoError(errno, "socketpair");
  }
  return Pair{.ours = FileDescriptor(ends[0]), .theirs = FileDescriptor(ends[1])};
}

Status Send(int socket, std::string bytes, const std::array<int, spawner::kDescriptors>& passed) {
  iovec part = {.iov_base = bytes.data(), .iov_len = bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof passed)] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof passed);
  std::memcpy(CMSG_DATA(rights), passed.data(), sizeof passed);
  while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return ErrnoError(errno, "ask the spawner");
  }
  return absl::OkStatus();
}

// Reads what is there; false when nothing more will come.
bool Drain(int fd, std::string& out, size_t keep_first, size_t keep_last) {
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    out.append(buffer.data(), static_cast<size_t>(got));
    if (keep_last > 0 && out.size() > keep_last) out.erase(0, out.size() - keep_last);
    if (keep_first > 0 && out.size() > keep_first) return true;
  }
}

// One program, from this side.
class Conversation {
 public:
  Conversation(Pair output, Pair error_output, Pair control, size_t output_max)
      : output_(std::move(output.ours)),
        error_output_(std::move(error_output.ours)),
        control_(std::move(control.ours)),
        output_max_(output_max) {}

  // Until its ending has come.
  StatusOr<ProgramResult> Listen(absl::Duration patience, Ending& ending) {
    const int wait_ms = static_cast<int>(absl::ToInt64Milliseconds(patience));
    while (true) {
      std::array<pollfd, 3> polled = {pollfd{control_.get(), POLLIN, 0},
                                      pollfd{output_open_ ? output_.get() : -1, POLLIN, 0},
                                      pollfd{error_open_ ? error_output_.get() : -1, POLLIN, 0}};
      const int ready = poll(polled.data(), polled.size(), wait_ms);
      if (ready < 0 && errno != EINTR) return ErrnoError(errno, "poll");
      if (ready == 0) {
        return Error(StatusCode::kUnavailable, "the process that starts programs does not answer");
      }
      Take();
      if (!flooded_ && result_.output.size() > output_max_) {
        flooded_ = true;
        output_open_ = error_open_ = false;
        shutdown(control_.get(), SHUT_WR);  // end it
      }
      if (polled[0].revents != 0) return TakeEnding(ending);
    }
  }

 private:
  void Take() {
    if (output_open_) output_open_ = Drain(output_.get(), result_.output, output_max_, 0);
    if (error_open_) {
      error_open_ = Drain(error_output_.get(), result_.error_output, 0, kErrorOutputBytesMax);
    }
  }

  StatusOr<ProgramResult> TakeEnding(Ending& ending) {
    const ssize_t got = recv(control_.get(), &ending, sizeof ending, 0);
    if (got != sizeof ending) {
      ending = {};
      return Error(StatusCode::kUnavailable,
                   "the process that starts programs has died and is being restarted");
    }
    Take();  // what it wrote last
    result_.code = ending.code;
    result_.end = flooded_ || result_.output.size() > output_max_ ? ProgramResult::End::kFlooded
                  : ending.deadline != 0                          ? ProgramResult::End::kDeadline
                  : ending.signalled != 0                         ? ProgramResult::End::kSignalled
                                                                  : ProgramResult::End::kExited;
    if (result_.output.size() > output_max_) result_.output.resize(output_max_);
    return std::move(result_);
  }

  FileDescriptor output_;
  FileDescriptor error_output_;
  FileDescriptor control_;
  const size_t output_max_;
  bool output_open_ = true;
  bool error_open_ = true;
  bool flooded_ = false;
  ProgramResult result_;
};

}  // namespace

StatusOr<std::unique_ptr<Spawner>> Spawner::Start() {
  GODWIT_ASSIGN_OR_RETURN(Pair socket, MakeSocket());
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return ErrnoError(errno, "fork the spawner");
  if (pid == 0) RunSpawnerProcess(socket.theirs.get(), parent);
  return std::unique_ptr<Spawner>(new Spawner(std::move(socket.ours), pid));
}

StatusOr<ProgramResult> Spawner::Run(const ProgramRequest& request) {
  GODWIT_ASSIGN_OR_RETURN(std::string bytes, Encode(request));
  GODWIT_ASSIGN_OR_RETURN(Pair output, MakePipe());
  GODWIT_ASSIGN_OR_RETURN(Pair error_output, MakePipe());
  GODWIT_ASSIGN_OR_RETURN(Pair control, MakeSocket());
  GODWIT_RETURN_IF_ERROR(
      Send(socket_.get(), std::move(bytes),
           {output.theirs.get(), error_output.theirs.get(), control.theirs.get()}));
  // Their ends are the spawner's now: ours are closed, or the pipes would never end.
  output.theirs = FileDescriptor(-1);
  error_output.theirs = FileDescriptor(-1);
  control.theirs = FileDescriptor(-1);
  Ending ending;
  auto result = Conversation(std::move(output), std::move(error_output), std::move(control),
                             request.output_bytes_max)
                    .Listen(request.deadline + kAnswerPatience, ending);
  if (ending.starts != 0) Note({.starts = ending.starts, .hanging = ending.hanging});
  GODWIT_RETURN_IF_ERROR(result.status());
  GODWIT_RETURN_IF_ERROR(TroubleOf(ending, request.deadline));
  return result;
}

// Logged when it changes.
void Spawner::Note(const SpawnerStats& stats) {
  const uint32_t starts = starts_.exchange(stats.starts);
  if (stats.starts > starts) {
    LogWarning(
        Cat("programs: the process that starts them had died and was started again; deaths since "
            "the start: ",
            stats.starts - 1));
  }
  const uint32_t hanging = hanging_.exchange(stats.hanging);
  if (stats.hanging > hanging) {
    LogError(Cat("programs: ", stats.hanging,
                 " hang in the kernel and were left behind, of at most ", spawner::kLeftBehindMax,
                 "; does their file system answer?"));
  } else if (stats.hanging == 0 && hanging > 0) {
    LogInfo("programs: none hangs in the kernel any longer");
  }
}

}  // namespace godwit
