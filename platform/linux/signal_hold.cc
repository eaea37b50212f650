#include "platform/linux/signal_hold.h"

#include <csignal>

namespace godwit {
namespace {

void Change(int how, std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  pthread_sigmask(how, &set, nullptr);
}

}  // namespace

void HoldSignals(std::initializer_list<int> signals) {
  Change(SIG_BLOCK, signals);
}

void ReleaseSignals(std::initializer_list<int> signals) {
  Change(SIG_UNBLOCK, signals);
}

void ReleaseAllSignals() {
  Change(SIG_SETMASK, {});
}

}  // namespace godwit
