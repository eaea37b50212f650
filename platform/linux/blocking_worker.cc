#include "platform/linux/blocking_worker.h"

#include <pthread.h>

#include <deque>
#include <utility>

#include "base/check.h"
#include "base/mutex.h"

namespace godwit {
namespace {

// A sensor's reading needs little; the default is 8 MiB of address space for each.
constexpr size_t kStackBytes = 256 * 1024;

}  // namespace

struct BlockingWorker::State {
  std::string name;
  Mutex mutex;
  CondVar wake;
  std::deque<Executor::Task> tasks ABSL_GUARDED_BY(mutex);
  bool started ABSL_GUARDED_BY(mutex) = false;
  bool gone ABSL_GUARDED_BY(mutex) = false;

  // The next task, or none when the worker is gone.
  Executor::Task Take() {
    const MutexLock lock(mutex);
    while (!gone && tasks.empty()) wake.Wait(mutex);
    if (gone) return nullptr;
    Executor::Task task = std::move(tasks.front());
    tasks.pop_front();
    return task;
  }

  static void* Run(void* argument) {
    const std::unique_ptr<std::shared_ptr<State>> state(
        static_cast<std::shared_ptr<State>*>(argument));
    pthread_setname_np(pthread_self(), (*state)->name.c_str());
    while (Executor::Task task = (*state)->Take()) task();
    return nullptr;
  }
};

BlockingWorker::BlockingWorker(const std::string& name) : state_(std::make_shared<State>()) {
  state_->name = name.substr(0, 15);
}

BlockingWorker::~BlockingWorker() {
  std::deque<Executor::Task> dropped;
  {
    const MutexLock lock(state_->mutex);
    state_->gone = true;
    dropped.swap(state_->tasks);
  }
  state_->wake.NotifyOne();
}

void BlockingWorker::Post(Executor::Task task) {
  bool start = false;
  {
    const MutexLock lock(state_->mutex);
    state_->tasks.push_back(std::move(task));
    start = !std::exchange(state_->started, true);
  }
  state_->wake.NotifyOne();
  if (!start) return;
  pthread_attr_t attributes;
  // It allocates nothing, in glibc and in musl.
  GODWIT_CHECK(pthread_attr_init(&attributes) == 0);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  auto shared = std::make_unique<std::shared_ptr<State>>(state_);
  if (pthread_create(&thread, &attributes, State::Run, shared.get()) == 0) {
    shared.release();  // the thread's now
  } else {
    // No thread to be had: the task waits, as behind one that hangs, and the next tries again.
    const MutexLock lock(state_->mutex);
    state_->started = false;
  }
  pthread_attr_destroy(&attributes);
}

}  // namespace godwit
