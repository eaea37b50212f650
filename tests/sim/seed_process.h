// One child process of the seed farm: takes seeds from a counter that all children share, runs them
// and sends messages about them. See seed_messages.h.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "tests/sim/seed_farm.h"
#include "tests/sim/seed_messages.h"

namespace godwit::sim {

// How many seeds the children have taken, in memory that they share with their parent.
class SharedCounter {
 public:
  SharedCounter();
  ~SharedCounter();
  SharedCounter(const SharedCounter&) = delete;
  SharedCounter& operator=(const SharedCounter&) = delete;

  uint64_t Take() { return value_->fetch_add(1); }
  uint64_t taken() const { return value_->load(); }

 private:
  std::atomic<uint64_t>* value_ = nullptr;
};

class SeedProcess {
 public:
  // Forks. The child runs the seeds [first, first + count) as far as `taken` leaves them to it.
  SeedProcess(uint64_t first, uint64_t count, SharedCounter& taken, const FarmOptions& options);
  // Closes the pipe. Wait() must have been called.
  ~SeedProcess();
  SeedProcess(const SeedProcess&) = delete;
  SeedProcess& operator=(const SeedProcess&) = delete;

  // Readable when there are messages, or when the process has ended.
  int pipe() const { return pipe_; }
  // Passes on the messages that have arrived. Returns false at the end of the pipe.
  bool Read(const std::function<void(SeedMessage)>& take);
  void Kill();
  // Waits for the end of the process. Returns how it ended, and the beginning of what it wrote on
  // standard error since it started its last seed, in one line.
  std::string Wait();

 private:
  [[noreturn]] static void RunSeeds(uint64_t first, uint64_t count, SharedCounter& taken,
                                    const FarmOptions& options, int pipe);

  pid_t process_ = 0;
  int pipe_ = -1;
  int errors_ = -1;  // a file in memory
  std::string received_;
};

}  // namespace godwit::sim
