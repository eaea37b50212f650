#include "tests/sim/seed_process.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace godwit::sim {
namespace {

void WriteAll(int pipe, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(pipe, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(EXIT_FAILURE);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

// The beginning of the file as one line, without repeated spaces.
std::string ReadAsLine(int file) {
  char buffer[2000];
  const ssize_t size = pread(file, buffer, sizeof(buffer), 0);
  std::string line;
  for (ssize_t i = 0; i < size; ++i) {
    const char c = buffer[i] == '\n' ? ' ' : buffer[i];
    if (c != ' ' || (!line.empty() && line.back() != ' ')) line += c;
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string HowItEnded(int status) {
  if (!WIFSIGNALED(status)) return Cat("ended by exit code ", WEXITSTATUS(status));
  return Cat("ended by signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")");
}

}  // namespace

SharedCounter::SharedCounter() {
  static_assert(std::atomic<uint64_t>::is_always_lock_free);
  void* memory = mmap(nullptr, sizeof(std::atomic<uint64_t>), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  GODWIT_CHECK(memory != MAP_FAILED);
  value_ = new (memory) std::atomic<uint64_t>(0);
}

SharedCounter::~SharedCounter() {
  munmap(value_, sizeof(*value_));
}

SeedProcess::SeedProcess(uint64_t first, uint64_t count, SharedCounter& taken,
                         const FarmOptions& options) {
  int ends[2];
  GODWIT_CHECK(::pipe(ends) == 0);
  errors_ = memfd_create("standard error", 0);
  GODWIT_CHECK(errors_ >= 0);
  // Otherwise the child writes the parent's buffered output again.
  std::fflush(nullptr);
  const pid_t parent = getpid();
  process_ = fork();
  GODWIT_CHECK(process_ >= 0);
  if (process_ == 0) {
    // A farm that is killed leaves no children behind.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(EXIT_FAILURE);
    if (dup2(errors_, STDERR_FILENO) < 0) _exit(EXIT_FAILURE);
    RunSeeds(first, count, taken, options, ends[1]);
  }
  close(ends[1]);
  pipe_ = ends[0];
}

SeedProcess::~SeedProcess() {
  close(pipe_);
  close(errors_);
}

void SeedProcess::RunSeeds(uint64_t first, uint64_t count, SharedCounter& taken,
                           const FarmOptions& options, int pipe) {
  const rlimit no_core{};
  setrlimit(RLIMIT_CORE, &no_core);
  LifeOptions life = options.life;
  life.on_fault = [pipe](const StruckFault& fault) { WriteAll(pipe, Encode(fault)); };
  for (uint64_t mine = taken.Take(); mine < count; mine = taken.Take()) {
    if (ftruncate(STDERR_FILENO, 0) == 0) lseek(STDERR_FILENO, 0, SEEK_SET);
    WriteAll(pipe, Encode(SeedStarted{first + mine}));
    WriteAll(pipe, Encode(options.runner(first + mine, life)));
  }
  _exit(EXIT_SUCCESS);
}

bool SeedProcess::Read(const std::function<void(SeedMessage)>& take) {
  char buffer[65536];
  const ssize_t size = read(pipe_, buffer, sizeof(buffer));
  if (size < 0 && errno == EINTR) return true;
  GODWIT_CHECK(size >= 0);
  received_.append(buffer, static_cast<size_t>(size));
  while (auto message = TakeMessage(received_)) take(*std::move(message));
  return size > 0;
}

void SeedProcess::Kill() {
  kill(process_, SIGKILL);
}

std::string SeedProcess::Wait() {
  int status = 0;
  while (waitpid(process_, &status, 0) < 0) GODWIT_CHECK(errno == EINTR);
  const std::string errors = ReadAsLine(errors_);
  return errors.empty() ? HowItEnded(status) : Cat(HowItEnded(status), ": ", errors);
}

}  // namespace godwit::sim
