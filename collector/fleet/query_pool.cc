#include "collector/fleet/query_pool.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/mutex.h"

namespace godwit::collector {

QueryPool::QueryPool(std::vector<QueryWorker> workers)
    : workers_(std::move(workers)), queries_(workers_.size()) {
  GODWIT_CHECK(!workers_.empty());
}

QueryPool::Seat QueryPool::Take() {
  const MutexLock lock(mutex_);
  const auto least = std::min_element(queries_.begin(), queries_.end());
  const auto place = static_cast<size_t>(least - queries_.begin());
  ++*least;
  return {workers_[place], std::shared_ptr<void>(this, [place](QueryPool* self) {
            const MutexLock leave(self->mutex_);
            --self->queries_[place];
          })};
}

}  // namespace godwit::collector
