// The threads that answer queries, each with a connection of its own to the store. A query belongs
// to one of them from its first page to its last: its snapshots and its state never meet another
// thread.
#pragma once

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "collector/store/store.h"
#include "platform/executor.h"

namespace godwit::collector {

// A thread for queries, and what it reads with. Both outlive the seats.
struct QueryWorker {
  Executor& executor;
  StoreReader& reader;
};

// Thread-safe.
class QueryPool {
 public:
  // At least one.
  explicit QueryPool(std::vector<QueryWorker> workers);

  // A query's place at a worker; it is given back with the last copy, which the pool outlives.
  struct Seat {
    QueryWorker worker;
    std::shared_ptr<void> hold;
  };
  // At the worker with the fewest queries.
  Seat Take();

 private:
  const std::vector<QueryWorker> workers_;
  Mutex mutex_;
  std::vector<int> queries_ ABSL_GUARDED_BY(mutex_);  // of each worker
};

}  // namespace godwit::collector
