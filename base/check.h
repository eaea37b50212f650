// GODWIT_CHECK: an invariant of our own state, always on. A failure prints one line and aborts,
// which is safe because the spool and the store are crash-safe. Bytes from disk, wire, sensors or
// settings never reach a check: they are answered with an absl::Status.
#pragma once

namespace godwit {

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace godwit

#define GODWIT_CHECK(condition)                              \
  do {                                                       \
    if (!(condition)) [[unlikely]]                           \
      ::godwit::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)

// Confinement: "this runs on that executor". Costs a thread-id comparison, so debug builds only.
#ifdef GODWIT_THREAD_CHECKS
#define GODWIT_CHECK_RUNS_ON(executor) GODWIT_CHECK((executor).IsCurrent())
#else
#define GODWIT_CHECK_RUNS_ON(executor) static_cast<void>(executor)
#endif
