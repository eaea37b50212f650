#include "collector/store/merger.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "collector/limits.h"

namespace godwit::collector {

Merger::Merger(SqliteStore& store, std::unique_ptr<SqliteMergeSource> source, ReadHolds& holds,
               std::function<absl::Duration()> after, World world)
    : store_(store),
      source_(std::move(source)),
      holds_(holds),
      after_(std::move(after)),
      world_(world) {}

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
  auto step = source_->Next(absl::ToUnixNanos(now - after_()), absl::ToUnixNanos(now));
  // One that has gone meanwhile is no failure.
  if (!step.ok() && !absl::IsAborted(step.status())) Note(step.status());
  if (!step.ok() || !step->has_value()) return Again(kMergePeriod);
  world_.writer.Post([this, step = **std::move(step)]() mutable { Apply(std::move(step)); });
}

// On the writer. Then the next one: what waits for a commit has gone in between.
void Merger::Apply(MergeStep step) {
  if (world_.has_room != nullptr && !world_.has_room()) {
    return world_.executor.Post([this] { Again(kMergePeriod); });
  }
  const auto applied = holds_.UnlessHeld(step.device, [&]() -> StatusOr<bool> {
    GODWIT_RETURN_IF_ERROR(store_.Apply(step));
    return true;
  });
  Status status = applied.status();
  if (!applied.ok() || !*applied) {  // it is read, or will not go: the others have their turn
    step.what = MergeStep::What::kWait;
    step.since_unix_ns = absl::ToUnixNanos(world_.clock.Wall());
    status.Update(store_.Apply(step));
  }
  world_.executor.Post([this, status] {
    Note(status);
    Again(status.ok() ? absl::ZeroDuration() : kMergePeriod);
  });
}

void Merger::Note(const Status& status) {
  const bool failed = !status.ok();
  if (failed && !failing_) LogError(Message(Annotate(status, "store: merging")));
  if (!failed && failing_) LogInfo("store: merging goes on");
  failing_ = failed;
}

}  // namespace godwit::collector
