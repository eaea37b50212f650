#include "cli/interrupt.h"

#include <pthread.h>
#include <csignal>

#include <initializer_list>
#include <utility>

namespace godwit::cli {
namespace {

// Its own: ends the wait.
constexpr int kDone = SIGUSR2;

sigset_t SetOf(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

}  // namespace

// The mask is inherited by every thread that is made from here on, those of gRPC too.
Interrupt::Interrupt(std::function<void()> stop) {
  const sigset_t all = SetOf({SIGINT, SIGTERM, kDone});
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  thread_ = std::thread([all, stop = std::move(stop)] {
    int signal = 0;
    sigwait(&all, &signal);
    if (signal == kDone) return;
    stop();
    const sigset_t again = SetOf({SIGINT, SIGTERM});
    pthread_sigmask(SIG_UNBLOCK, &again, nullptr);
    const sigset_t done = SetOf({kDone});
    sigwait(&done, &signal);
  });
}

Interrupt::~Interrupt() {
  pthread_kill(thread_.native_handle(), kDone);
  thread_.join();
}

}  // namespace godwit::cli
