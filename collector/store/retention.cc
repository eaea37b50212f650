#include "collector/store/retention.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/counted.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "collector/limits.h"

namespace godwit::collector {

std::string RetentionText(const RetentionRules& rules, const Statistics& statistics) {
  std::string text = Cat(DurationText(rules.keep.age), ", ", SizeText(rules.keep.bytes));
  const auto removals = statistics.Read(0, 0).removals;
  if (const auto early = removals.find("disk full"); early != removals.end()) {
    text += Cat("; ", Counted(early->second, "record was", "records were"),
                " deleted early because the disk is full, none younger than ",
                DurationText(rules.min_age));
  }
  return text;
}

RetentionKeeper::RetentionKeeper(Store& store, std::function<RetentionRules()> rules,
                                 Dependencies dependencies)
    : store_(store), rules_(std::move(rules)), deps_(std::move(dependencies)) {}

void RetentionKeeper::Start() {
  GODWIT_CHECK_RUNS_ON(deps_.writer);
  Check();
}

void RetentionKeeper::Hurry() {
  GODWIT_CHECK_RUNS_ON(deps_.writer);
  if (std::exchange(hurries_, true)) return;
  timer_ = deps_.writer.PostAfter(absl::ZeroDuration(), [this] { Check(); });
}

void RetentionKeeper::Check() {
  hurries_ = true;
  bool more = Prune(Reason::kRule) == kPruneRecordsMax;
  const bool full = deps_.has_room != nullptr && !deps_.has_room();
  if (!full) Note(Disk::kHasRoom);
  if (full && !more) {
    more = Prune(Reason::kDisk) > 0;
    Note(more ? Disk::kIsFreed : Disk::kIsFull);
  }
  if (!more && removed_ > 0) {
    LogDebug(Cat("store: retention deleted ", Counted(std::exchange(removed_, 0), "record")));
  }
  hurries_ = more || full;
  const absl::Duration wait = more   ? absl::ZeroDuration()  // what waits for a commit goes between
                              : full ? kPrunePeriodWhileFull
                                     : kPrunePeriod;
  timer_ = deps_.writer.PostAfter(wait, [this] { Check(); });
}

size_t RetentionKeeper::Prune(Reason reason) {
  const bool by_rule = reason == Reason::kRule;
  const RetentionRules rules = rules_();
  const auto removed = store_.Prune(
      by_rule ? rules.keep : Retention{.age = std::max(rules.min_age, absl::Nanoseconds(1))},
      kPruneRecordsMax, absl::ToUnixNanos(deps_.clock.Wall()));
  if (!removed.ok()) {
    LogError(Cat("store: retention: ", Message(removed.status())));
    return 0;
  }
  deps_.statistics.NoteRemoval(by_rule ? "retention" : "disk full", *removed);
  removed_ += *removed;
  return *removed;
}

void RetentionKeeper::Note(Disk disk) {
  if (std::exchange(disk_, disk) == disk) return;
  const std::string age = DurationText(rules_().min_age);
  switch (disk) {
    case Disk::kHasRoom:
      return LogInfo("store: retention works normally again");
    case Disk::kIsFreed:
      return LogError(Cat("store: the disk is full: the oldest records are deleted early, down",
                          " to an age of ", age, " (retention.min_age)"));
    case Disk::kIsFull:
      return LogError(Cat("store: the disk is full, and no record is older than ", age,
                          " (retention.min_age): new data is refused"));
  }
}

}  // namespace godwit::collector
