// A mutex whose use Clang checks (-Wthread-safety, an error here): members that are ABSL_GUARDED_BY
// it are accessed only while it is held, and functions that are ABSL_EXCLUSIVE_LOCKS_REQUIRED are
// called only while it is held.
//
// It is not std::mutex, because libstdc++ has no annotations. It is not absl::Mutex, which has
// them, because the packaged library is not instrumented, so that ThreadSanitizer cannot see what
// it orders.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace godwit {

// A mutex, not recursive. Thread-safe.
class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

// Holds a mutex for as long as it lives. It may release and take it in between. Confined to one
// thread.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) { Lock(); }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() {
    if (held_) mutex_.Unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    mutex_.Lock();
    held_ = true;
  }
  void Unlock() ABSL_UNLOCK_FUNCTION() {
    held_ = false;
    mutex_.Unlock();
  }

 private:
  Mutex& mutex_;
  bool held_ = false;
};

// A condition variable. Conditions run with the mutex held; conditions that access guarded members
// are marked ABSL_EXCLUSIVE_LOCKS_REQUIRED. Thread-safe.
class CondVar {
 public:
  // Waits for a notification. May return earlier without one.
  void Wait(Mutex& mutex) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    Locked(mutex, [&](auto& lock) { changed_.wait(lock); });
  }
  void WaitFor(Mutex& mutex, absl::Duration wait) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    Locked(mutex, [&](auto& lock) { changed_.wait_for(lock, Bounded(wait)); });
  }
  // Waits until `condition` holds or the time is over. Returns whether it holds.
  template <typename Condition>
  bool AwaitFor(Mutex& mutex, absl::Duration wait, const Condition& condition)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    bool holds = false;
    Locked(mutex, [&](auto& lock) { holds = changed_.wait_for(lock, Bounded(wait), condition); });
    return holds;
  }

  void NotifyOne() { changed_.notify_one(); }
  void NotifyAll() { changed_.notify_all(); }

 private:
  // Bounds a wait, because the standard library adds it to the current time without a check for
  // overflow.
  static std::chrono::nanoseconds Bounded(absl::Duration wait) {
    return absl::ToChronoNanoseconds(std::min(wait, absl::Hours(24 * 365)));
  }
  template <typename Use>
  static void Locked(Mutex& mutex, const Use& use) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    use(lock);
    lock.release();
  }

  std::condition_variable changed_;
};

}  // namespace godwit
