#include "collector/store/merger.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "collector/limits.h"

namespace godwit::collector {

Merger::Merger(SqliteStore& store, std::unique_ptr<SqliteMergeSource> source, ReadHolds& holds,
               absl::Duration after, World world)
    : store_(store), source_(std::move(source)), holds_(holds), after_(after), world_(world) {}

void Merger::Start() {
  GODWIT_CHECK_RUNS_ON(world_.executor);
  Step();
}

void Merger::Stop() {
  GODWIT_CHECK_RUNS_ON(world_.executor);
  stopped_ = true;
  timer_.reset();
}

void Merger::Again(absl::Duration delay) {
  if (stopped_) return;
  timer_ = world_.executor.PostAfter(delay, [this] { Step(); });
}

void Merger::Step() {
  const absl::Time now = world_.clock.Wall();
  auto step = source_->Next(absl::ToUnixNanos(now - after_), absl::ToUnixNanos(now));
  if (!step.ok() && !absl::IsAborted(step.status()) && !std::exchange(failing_, true)) {
    LogError(Message(Annotate(step.status(), "store: merging")));
  }
  if (!step.ok() || !step->has_value()) return Again(kMergePeriod);
  failing_ = false;
  world_.writer.Post([this, step = **std::move(step)]() mutable { Apply(std::move(step)); });
}

// On the writer. Then the next one: what waits for a commit has gone in between.
void Merger::Apply(MergeStep step) {
  auto applied = holds_.UnlessHeld(step.device, [&]() -> StatusOr<bool> {
    GODWIT_RETURN_IF_ERROR(store_.Apply(step));
    return true;
  });
  if (applied.ok() && !*applied) {  // somebody reads it; those of other devices have their turn
    step.what = MergeStep::What::kWait;
    step.since_unix_ns = absl::ToUnixNanos(world_.clock.Wall());
    if (const Status waits = store_.Apply(step); !waits.ok()) applied = waits;
  }
  if (!applied.ok()) LogError(Message(Annotate(applied.status(), "store: merging")));
  const absl::Duration delay = applied.ok() ? absl::ZeroDuration() : kMergePeriod;
  world_.executor.Post([this, delay] { Again(delay); });
}

}  // namespace godwit::collector
