// For tasks that may run after the object they were posted for has gone: the object has an Alive,
// and each task keeps a reference to it.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace godwit {

// References may be used on any thread. Where the object is destroyed, their answer holds until the
// task returns; elsewhere, "alive" may be outdated as soon as it is said, and "gone" never is.
class Alive {
 public:
  Alive() = default;
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  ~Alive() { End(); }

  // From here on the object counts as gone. A destructor that calls others calls this first: what
  // they call back finds the object gone.
  void End() { *flag_ = false; }

  class Reference {
   public:
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
