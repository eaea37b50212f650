// The object behind a tag of the completion queue: handed over on the loop, taken back on the wire
// thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"

namespace godwit::agent {

// A completion. Its task runs on the loop, and keeps its call alive until then.
struct Completion {
  absl::AnyInvocable<void(bool ok)> task;
  bool wakes_loop = true;  // false: nothing waits for it, and the loop is not woken
};

// Orders memory for the thread sanitizer: what is written before a tag is handed over is visible to
// the thread that takes it back. gRPC guarantees that, too, but Debian's build is not instrumented.
inline std::atomic<uint64_t> handed_over = 0;

inline void* HandOver(Completion completion) {
  void* const tag = new Completion(std::move(completion));
  handed_over.fetch_add(1, std::memory_order_release);
  return tag;
}

inline std::unique_ptr<Completion> TakeBack(void* tag) {
  static_cast<void>(handed_over.load(std::memory_order_acquire));
  return std::unique_ptr<Completion>(static_cast<Completion*>(tag));
}

inline void* Tag(absl::AnyInvocable<void(bool ok)> task) {
  return HandOver({.task = std::move(task)});
}

// Returns a tag that only keeps its call alive.
template <typename Call>
void* QuietTag(std::shared_ptr<Call> call) {
  return HandOver({.task = [call = std::move(call)](bool) {}, .wakes_loop = false});
}

}  // namespace godwit::agent
