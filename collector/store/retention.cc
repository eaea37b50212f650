#include "collector/store/retention.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "collector/limits.h"

namespace godwit::collector {

RetentionKeeper::RetentionKeeper(Store& store, const Retention& retention, Executor& writer,
                                 const Clock& clock)
    : store_(store), retention_(retention), writer_(writer), clock_(clock) {}

void RetentionKeeper::Start() {
  GODWIT_CHECK_RUNS_ON(writer_);
  Prune();
}

void RetentionKeeper::Prune() {
  const auto removed = store_.Prune(retention_, kPruneRecordsMax, absl::ToUnixNanos(clock_.Wall()));
  if (!removed.ok()) LogError(Cat("store: retention: ", Message(removed.status())));
  removed_ += removed.value_or(0);
  const bool more = removed.value_or(0) == kPruneRecordsMax;
  if (!more && removed_ > 0) {
    LogDebug(Cat("store: retention has taken away ", std::exchange(removed_, 0), " records"));
  }
  // What waits for a commit goes in between.
  timer_ = writer_.PostAfter(more ? absl::ZeroDuration() : kPrunePeriod, [this] { Prune(); });
}

}  // namespace godwit::collector
