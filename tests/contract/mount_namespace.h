// Steps in a mount namespace of their own, in a child process. Only for a process with one thread.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <vector>

namespace godwit {

// What FirstFalse returns when no mount namespace is to be had.
inline constexpr int kNoNamespace = 77;

inline bool EnterMountNamespace() {
  return (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// Runs `steps` in a child and returns the number, from 1, of the first that was false; 0 when none
// was, -1 when the child crashed.
inline int FirstFalse(const std::vector<std::function<bool()>>& steps) {
  const pid_t child = fork();
  if (child == 0) {
    if (!EnterMountNamespace()) _exit(kNoNamespace);
    for (size_t i = 0; i < steps.size(); ++i) {
      if (!steps[i]()) _exit(static_cast<int>(i) + 1);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace godwit
