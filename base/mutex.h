// A mutex whose rules clang checks: what is ABSL_GUARDED_BY it is touched with it held, a function
// that is ABSL_EXCLUSIVE_LOCKS_REQUIRED is called with it held (-Wthread-safety, an error here).
//
// Why not std::mutex: libstdc++ has no annotations. Why not absl::Mutex, which has: the packaged
// library is not instrumented, so ThreadSanitizer cannot see what it orders.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace godwit {

// Not recursive. Thread-safe.
class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

// Holds a mutex while it lives. It may be let go in between and taken again. Confined to a thread.
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

// Waits until what is guarded by a mutex has changed. Conditions run with the mutex held; those
// that touch what it guards are marked ABSL_EXCLUSIVE_LOCKS_REQUIRED. Thread-safe.
class CondVar {
 public:
  // Returns when it is notified, or earlier for no reason.
  void Wait(Mutex& mutex) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    Locked(mutex, [&](auto& lock) { changed_.wait(lock); });
  }
  void WaitFor(Mutex& mutex, absl::Duration wait) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    Locked(mutex, [&](auto& lock) { changed_.wait_for(lock, Bounded(wait)); });
  }
  // Returns whether `condition` holds: false only when the time is over.
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
  // The standard library adds a wait to the time now, unchecked.
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
