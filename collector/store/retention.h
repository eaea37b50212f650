// Keeps a store within its retention: looks every minute, and takes away a little at a time, so
// that commits do not wait for it.
#pragma once

#include <memory>

#include "collector/store/store.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::collector {

// Made anywhere before `writer` runs; then writer-confined.
class RetentionKeeper {
 public:
  RetentionKeeper(Store& store, const Retention& retention, Executor& writer, const Clock& clock);

  void Start();

 private:
  void Prune();

  Store& store_;
  const Retention retention_;
  Executor& writer_;
  const Clock& clock_;
  uint64_t removed_ = 0;  // since it last had nothing to do
  std::unique_ptr<Timer> timer_;
};

}  // namespace godwit::collector
