#include "agent/uplink/grpc/quiet_engine.h"

#include <grpc/event_engine/event_engine.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/mutex.h"
#include "proto/grpc_log.h"

namespace godwit::agent {
namespace {

using grpc_event_engine::experimental::EndpointConfig;
using grpc_event_engine::experimental::EventEngine;
using grpc_event_engine::experimental::MemoryAllocator;
using grpc_event_engine::experimental::MemoryAllocatorFactory;

using MonotonicClock = std::chrono::steady_clock;

// Tasks in the order in which they are due. Thread-safe.
class TaskQueue {
 public:
  using Task = absl::AnyInvocable<void()>;
  using Key = std::pair<MonotonicClock::time_point, uint64_t>;

  // Its number, for Remove.
  uint64_t Add(EventEngine::Duration wait, Task task) {
    // gRPC spells "never" as the largest wait there is: added to now, it would be long ago.
    constexpr EventEngine::Duration kWaitMax = std::chrono::hours(24 * 365);
    const MutexLock lock(mutex_);
    const Key key{MonotonicClock::now() + std::min(wait, kWaitMax), ++added_};
    due_.emplace(key.second, key.first);
    const bool first = tasks_.emplace(key, std::move(task)).first == tasks_.begin();
    if (first) wake_.NotifyOne();
    return key.second;
  }

  // False when it has been taken already.
  bool Remove(uint64_t number) {
    Task task;  // destroyed without the lock: it may hold anything
    const MutexLock lock(mutex_);
    const auto due = due_.find(number);
    if (due == due_.end()) return false;
    const auto found = tasks_.find({due->second, number});
    task = std::move(found->second);
    tasks_.erase(found);
    due_.erase(due);
    return true;
  }

  // The next that is due; none when it is closed.
  Task Take() {
    const MutexLock lock(mutex_);
    while (!closed_) {
      if (tasks_.empty()) {
        wake_.Wait(mutex_);
        continue;
      }
      const auto first = tasks_.begin();
      const auto left = first->first.first - MonotonicClock::now();
      if (left > EventEngine::Duration::zero()) {
        wake_.WaitFor(mutex_, absl::FromChrono(left));
        continue;
      }
      Task task = std::move(first->second);
      due_.erase(first->first.second);
      tasks_.erase(first);
      return task;
    }
    return nullptr;
  }

  void Close() {
    const MutexLock lock(mutex_);
    closed_ = true;
    wake_.NotifyOne();
  }

 private:
  Mutex mutex_;
  CondVar wake_;
  std::map<Key, Task> tasks_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, MonotonicClock::time_point> due_ ABSL_GUARDED_BY(mutex_);
  uint64_t added_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

// What gRPC 1.51 asks of an engine: tasks and timers. Connections and names are still its iomgr's.
class QuietEngine final : public EventEngine {
 public:
  QuietEngine() : thread_([queue = queue_] { Serve(*queue); }) {
    pthread_setname_np(thread_.native_handle(), "grpc-timers");
  }

  ~QuietEngine() override {
    queue_->Close();
    // The last to let go of the engine may be one of its own tasks.
    if (IsWorkerThread()) {
      thread_.detach();
    } else {
      thread_.join();
    }
  }

  bool IsWorkerThread() override { return std::this_thread::get_id() == thread_.get_id(); }

  void Run(Closure* closure) override {
    queue_->Add({}, [closure] { closure->Run(); });
  }
  void Run(absl::AnyInvocable<void()> closure) override { queue_->Add({}, std::move(closure)); }

  TaskHandle RunAfter(Duration wait, Closure* closure) override {
    return Handle(queue_->Add(wait, [closure] { closure->Run(); }));
  }
  TaskHandle RunAfter(Duration wait, absl::AnyInvocable<void()> closure) override {
    return Handle(queue_->Add(wait, std::move(closure)));
  }
  bool Cancel(TaskHandle handle) override {
    return queue_->Remove(static_cast<uint64_t>(handle.keys[0]));
  }

  absl::StatusOr<std::unique_ptr<Listener>> CreateListener(
      Listener::AcceptCallback, absl::AnyInvocable<void(absl::Status)>, const EndpointConfig&,
      std::unique_ptr<MemoryAllocatorFactory>) override {
    return absl::UnimplementedError("");
  }
  ConnectionHandle Connect(OnConnectCallback, const ResolvedAddress&, const EndpointConfig&,
                           MemoryAllocator, Duration) override {
    CheckFailed("gRPC 1.51 connects by its iomgr", __FILE__, __LINE__);
  }
  bool CancelConnect(ConnectionHandle) override { return false; }
  std::unique_ptr<DNSResolver> GetDNSResolver(const DNSResolver::ResolverOptions&) override {
    return nullptr;
  }

 private:
  static void Serve(TaskQueue& queue) {
    while (TaskQueue::Task task = queue.Take()) task();
  }
  // On 32 bits the count begins again after four billion timers: at ten a second, in 13 years.
  static TaskHandle Handle(uint64_t number) { return {{static_cast<intptr_t>(number), 0}}; }

  const std::shared_ptr<TaskQueue> queue_ = std::make_shared<TaskQueue>();  // the thread's too
  std::thread thread_;
};

}  // namespace

void UseQuietEngine() {
  static const bool once = [] {
    TakeGrpcLog();
    grpc_event_engine::experimental::SetEventEngineFactory(
        [] { return std::make_unique<QuietEngine>(); });
    // A poller that looks every five seconds for what nobody waits for: somebody always does.
    setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "0", 0);
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace godwit::agent
