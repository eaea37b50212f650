// Shows tasks whether the object that posted them still exists: the object has an Alive, and each
// task keeps a reference to it.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace godwit {

// References may be used on any thread. On the thread that destroys the object, the answer of a
// reference holds until the task returns. On other threads "alive" may be outdated at once, while
// "gone" is final.
class Alive {
 public:
  Alive() = default;
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  ~Alive() { End(); }

  // Marks the object as gone. A destructor that calls other objects calls this first, so that their
  // callbacks find the object gone.
  void End() { *flag_ = false; }

  class Reference {
   public:
    // Returns whether the object is still alive.
    explicit operator bool() const { return *flag_; }

   private:
    friend class Alive;
    explicit Reference(std::shared_ptr<const std::atomic<bool>> flag) : flag_(std::move(flag)) {}
    std::shared_ptr<const std::atomic<bool>> flag_;
  };
  Reference Refer() const { return Reference(flag_); }

 private:
  const std::shared_ptr<std::atomic<bool>> flag_ = std::make_shared<std::atomic<bool>>(true);
};

}  // namespace godwit
