// GODWIT_CHECK asserts an invariant of our own state, in every build. A failure prints one line and
// aborts, which is safe because the spool and the store are crash-safe. Bytes from disk, wire,
// sensors or settings never reach a check: an absl::Status reports what is wrong with them.
#pragma once

namespace godwit {

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace godwit

#define GODWIT_CHECK(condition)                              \
  do {                                                       \
    if (!(condition)) [[unlikely]]                           \
      ::godwit::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)

// Asserts that the caller runs on that executor. Debug builds only: it costs a comparison of thread
// ids.
#ifdef GODWIT_THREAD_CHECKS
#define GODWIT_CHECK_RUNS_ON(executor) GODWIT_CHECK((executor).IsCurrent())
#else
#define GODWIT_CHECK_RUNS_ON(executor) static_cast<void>(executor)
#endif
