#include "collector/store/merger.h"

#include <cstdint>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "collector/limits.h"

namespace godwit::collector {

Merger::Merger(SqliteStore& store, std::unique_ptr<SqliteMergeSource> source, ReadHolds& holds,
               std::function<absl::Duration()> after, Dependencies dependencies)
    : store_(store),
      source_(std::move(source)),
      holds_(holds),
      after_(std::move(after)),
      deps_(dependencies) {}

void Merger::Start() {
  GODWIT_CHECK_RUNS_ON(deps_.executor);
  Step();
}

void Merger::Stop() {
  GODWIT_CHECK_RUNS_ON(deps_.executor);
  stopped_ = true;
  timer_.reset();
}

void Merger::Again(absl::Duration delay) {
  if (stopped_) return;
  timer_ = deps_.executor.PostAfter(delay, [this] { Step(); });
}

void Merger::Step() {
  const absl::Time now = deps_.clock.Wall();
  auto steps = source_->NextGroup(absl::ToUnixNanos(now - after_()), absl::ToUnixNanos(now));
  // One that has gone meanwhile is no failure.
  if (!steps.ok() && !absl::IsAborted(steps.status())) Note(steps.status());
  if (!steps.ok() || steps->empty()) return Again(kMergePeriod);
  deps_.writer.Post([this, steps = *std::move(steps)]() mutable { Apply(std::move(steps)); });
}

// On the writer. Then the next ones: what waits for a commit has gone in between.
void Merger::Apply(std::vector<MergeStep> steps) {
  if (deps_.has_room != nullptr && !deps_.has_room()) {
    return deps_.executor.Post([this] { Again(kMergePeriod); });
  }
  const int64_t now_unix_ns = absl::ToUnixNanos(deps_.clock.Wall());
  const auto wait = [now_unix_ns](MergeStep& step) {
    step.what = MergeStep::What::kWait;
    step.since_unix_ns = now_unix_ns;
  };
  const auto applied = holds_.WhileNoneIsTaken([&](const auto& is_held) {
    for (MergeStep& step : steps) {
      if (is_held(step.device)) wait(step);
    }
    return store_.Apply(steps);
  });
  // What will not go waits: the others have their turn.
  Status status = applied.status();
  std::vector<MergeStep> failed;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (applied.ok() && (*applied)[i].ok()) continue;
    if (applied.ok()) status.Update((*applied)[i]);
    wait(steps[i]);
    failed.push_back(std::move(steps[i]));
  }
  if (!failed.empty()) status.Update(store_.Apply(failed).status());
  deps_.executor.Post([this, status] {
    Note(status);
    Again(status.ok() ? absl::ZeroDuration() : kMergePeriod);
  });
}

void Merger::Note(const Status& status) {
  const bool failed = !status.ok();
  if (failed && !failing_) LogError(Message(Annotate(status, "store: merging")));
  if (!failed && failing_) LogInfo("store: merging works again");
  failing_ = failed;
}

}  // namespace godwit::collector
