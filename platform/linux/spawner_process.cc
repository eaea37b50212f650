#include "platform/linux/spawner_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

#include "platform/linux/program_start.h"
#include "platform/linux/signal_hold.h"
#include "platform/linux/spawner_server.h"
#include "platform/linux/stray_children.h"

namespace godwit {
namespace {

// A server that dies at once each time costs five forks a second.
constexpr int kStartAgainMs = 200;

bool IsClosed(int socket) {
  pollfd polled = {socket, 0, 0};
  return poll(&polled, 1, 0) > 0 && (polled.revents & POLLHUP) != 0;
}

// True when the server has served all that it was there for.
bool HasServed(pid_t server) {
  int status = 0;
  while (waitpid(server, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

[[noreturn]] void Keep(int socket) {
  for (uint32_t starts = 1;; ++starts) {
    const pid_t keeper = getpid();
    const pid_t server = fork();
    if (server == 0) {
      prctl(PR_SET_NAME, "godwit-spawner");
      if (spawner::Serve(socket, keeper, starts) == spawner::ServeEnd::kAgentGone) _exit(0);
      prctl(PR_SET_NAME, "godwit-keeper");
      continue;  // in the keeper's place
    }
    if (server > 0 && HasServed(server)) _exit(0);
    if (IsClosed(socket)) _exit(0);
    // What the server's programs left behind came to us.
    spawner::KillStrays([](pid_t) { return false; });
    poll(nullptr, 0, kStartAgainMs);
  }
}

}  // namespace

void RunSpawnerProcess(int socket, pid_t parent) {
  prctl(PR_SET_NAME, "godwit-keeper");
  if (getppid() != parent) _exit(0);  // it was faster
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  setsid();  // signals of a terminal are for the agent
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1}) ::signal(signal, SIG_IGN);
  ReleaseAllSignals();
  // Only the socket, and the file where a crash would be reported.
  const int kept = dup3(socket, 3, O_CLOEXEC) < 0 ? socket : 3;
  if (kept == 3) spawner::CloseFrom(4);
  Keep(kept);
}

}  // namespace godwit
