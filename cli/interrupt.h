// Ctrl-C as a call: what is under way can end in good order.
#pragma once

#include <functional>
#include <memory>
#include <thread>

namespace godwit::cli {

// Made before any other thread is. While it lives, the first SIGINT or SIGTERM calls `stop`, on a
// thread of its own; the second one ends the program.
class Interrupt {
 public:
  explicit Interrupt(std::function<void()> stop);
  ~Interrupt();

 private:
  std::thread thread_;
};

}  // namespace godwit::cli
