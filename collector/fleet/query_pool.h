// The threads that answer queries, each with its own connection to the store. A query belongs to
// one of them from its first page to its last, so its snapshots and state stay on one thread.
#pragma once

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "collector/store/store.h"
#include "platform/executor.h"

namespace godwit::collector {

// A thread for queries and its reader. Both outlive the seats.
struct QueryWorker {
  Executor& executor;
  StoreReader& reader;
};

// Thread-safe.
class QueryPool {
 public:
  // At least one.
  explicit QueryPool(std::vector<QueryWorker> workers);

  // The place of a query at a worker, released with its last copy. The pool outlives it.
  struct Seat {
    QueryWorker worker;
    std::shared_ptr<void> hold;
  };
  // Returns a seat at the worker with the fewest queries.
  Seat Take();

 private:
  const std::vector<QueryWorker> workers_;
  Mutex mutex_;
  std::vector<int> queries_ ABSL_GUARDED_BY(mutex_);  // of each worker
};

}  // namespace godwit::collector
