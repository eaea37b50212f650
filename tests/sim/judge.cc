#include "tests/sim/judge.h"

#include <algorithm>
#include <limits>

#include "base/checksum.h"
#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/boot_clock.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {
namespace {

// Two clocks that are read one after the other, a drift of 200 ppm within a batch, and a step that
// is too small to seal one.
constexpr absl::Duration kTimeTolerance = absl::Milliseconds(250);

std::string Text(const RecordName& name) {
  return Cat(Hex(name.run), "/", name.seq);
}

}  // namespace

// docs/spool-format.md and docs/protocol.md say what each reason means.
bool Judge::Explains(const Issue& issue, const std::string& reason, bool disks_copied) {
  // A spool may drop a segment whose file is away: nobody sees that on the disk.
  if (reason == "spool full") {
    return issue.dropped || issue.hidden || (!issue.safe && issue.without_room);
  }
  if (reason == "damaged") {
    // A machine with a copy of the card has only what the first write left of the record. Its own
    // machine writes it again, and heals the gap unless no collector takes the record or there is
    // no room for it later.
    const bool heals = !issue.unreadable && !issue.dropped;
    if (disks_copied && issue.disk_troubled && !heals) return true;
    return issue.damaged || issue.near_damage || issue.torn_away || issue.hidden ||
           (!issue.safe && (issue.disk_troubled || issue.died_in_memory));
  }
  if (reason == "disk failed") return !issue.safe && issue.disk_troubled;
  if (reason == "overload") return issue.overloaded;
  if (reason != collector::kUnaccounted) return false;
  // Another machine with the same card says that the run is over, before its own machine says why a
  // record is gone; and what no collector takes cannot heal the gap.
  if (disks_copied && (issue.unreadable || issue.MayBeGone())) return true;
  return issue.torn_away || issue.forgotten || issue.unexplained || issue.hidden ||
         (!issue.safe && issue.died_in_memory);
}

std::vector<RecordName> Judge::Unaccounted() {
  std::vector<RecordName> names;
  for (const auto& [name, issue] : ledger_.issued()) {
    if (!issue.safe || !issue.due || issue.torn_away || IsSomewhere(name, issue)) continue;
    if (issue.forgotten && ledger_.runs().at(name.run).no_longer_named) continue;
    if (!LooksLikeATornTail(name, issue)) names.push_back(name);
  }
  return names;
}

// What no collector takes may wait on a disk for ever.
bool Judge::IsSomewhere(const RecordName& name, const Issue& issue) {
  return IsAccounted(store_, name) || (issue.unreadable && disks_.has_bytes(name));
}

// A damaged last record looks like a torn tail: nothing on the disk says that it ever was whole,
// and the run is known to have been cut off.
bool Judge::LooksLikeATornTail(const RecordName& name, const Issue& issue) {
  if (!issue.damaged || !store_.EndedUncleanly(name.run)) return false;
  const auto& issued = ledger_.issued();
  for (auto at = issued.upper_bound(name); at != issued.end() && at->first.run == name.run; ++at) {
    if (IsAccounted(store_, at->first)) return false;
  }
  return true;
}

std::string Judge::Violations() {
  gaps_ = store_.Gaps();
  std::string text = ledger_.violations();
  for (const RecordName& name : Unaccounted()) {
    text += Cat("safe, and neither stored nor a gap: ", Text(name), "; ");
  }
  for (const auto& [name, issue] : ledger_.issued()) text += CheckIssue(name, issue);
  text += CheckStore();
  for (const auto& [id, run] : ledger_.runs()) text += CheckRun(id, run);
  return text + CheckTimes();
}

std::string Judge::CheckIssue(const RecordName& name, const Issue& issue) {
  const auto* const stored = store_.Find(name);
  const auto gap = gaps_.find(name);
  const bool rejected = store_.IsRejected(name);
  if ((stored != nullptr) + (gap != gaps_.end()) + rejected > 1) {
    return Cat("more than one of stored, rejected and a gap: ", Text(name), "; ");
  }
  if (stored != nullptr && issue.unreadable) {
    return Cat("stored, and no batch at all: ", Text(name), "; ");
  }
  if (rejected && !issue.unreadable && !MayStayRejected(issue)) {
    return Cat("rejected, and a good record: ", Text(name), "; ");
  }
  // A rejection settles only what stands aside on some disk, or is held until there is room for it.
  // What was dropped meanwhile stays rejected when nobody can say so any more: a process that ended
  // before it wrote the loss down, or a collector that was put back.
  const bool drop_forgotten = issue.dropped && (issue.unexplained || issue.forgotten);
  if (rejected && !drop_forgotten && !issue.torn_away && !issue.damaged && !issue.copy_damaged &&
      !issue.hidden && (issue.unreadable || !issue.forgotten) && !disks_.has_copy(name) &&
      !disks_.has_bytes(name)) {
    return Cat("rejected, and no copy: ", Text(name), "; ");
  }
  if (gap == gaps_.end()) return {};
  // All that is left of a record that a collector misread is its copy.
  if (gap->second == "damaged" && issue.copy_damaged && ledger_.collector_misread()) return {};
  if (!Explains(issue, gap->second, ledger_.disk_copied())) {
    return Cat("a gap (", gap->second, ") that no fault explains: ", Text(name), "; ");
  }
  // One that no collector takes cannot heal its gap. What a failed sync left in a segment that was
  // abandoned counts again when the next start reads that, also where the collector had the record
  // and was put back, after its synced bytes were trimmed.
  if (issue.safe && !issue.unreadable && disks_.holds(name)) {
    return Cat("a gap where a record is: ", Text(name), "; ");
  }
  return {};
}

// A good record that a collector misread is offered again to one of another version. It stays
// rejected only if no device has it any more, if a collector took it and was put back since, or if
// its copy was away for a while: an agent looks for copies when it starts.
bool Judge::MayStayRejected(const Issue& issue) const {
  if (!ledger_.collector_misread()) return false;
  return issue.torn_away || issue.damaged || issue.copy_damaged || issue.forgotten || issue.hidden;
}

std::string Judge::CheckStore() {
  std::string text;
  for (const auto& [name, record] : store_.Records()) {
    const Issue* const issue = ledger_.Find(name);
    if (issue == nullptr) {
      text += Cat("stored, and never issued: ", Text(name), "; ");
    } else if (issue->checksum != Checksum(record->batch)) {
      text += Cat("stored otherwise than issued: ", Text(name), "; ");
    }
  }
  for (const auto& [name, reason] : gaps_) {
    if (ledger_.Find(name) == nullptr) {
      text += Cat("a gap (", reason, ") where nothing ever was: ", Text(name), "; ");
    }
  }
  return text;
}

// Each reading is in one record (reading_log.h), and each record accounted for: or it comes behind
// all that was promised or is known of its run, and then the run is called cut off.
std::string Judge::CheckRun(RunId id, const RunFacts& run) {
  bool missing = false;
  bool lost_in_the_middle = false;
  const auto& issued = ledger_.issued();
  for (auto at = issued.lower_bound({id, 0}); at != issued.end() && at->first.run == id; ++at) {
    const auto& [name, issue] = *at;
    // Of what went with another disk nobody can know.
    if (issue.torn_away) continue;
    const bool known = IsSomewhere(name, issue);
    lost_in_the_middle |= missing && (known || (issue.safe && !issue.damaged));
    missing |= !known && issue.readings > 0;
  }
  // The disk took nothing at all from it: nobody can know of it.
  if (run.live || run.torn_away || run.no_longer_named || !run.traced) return {};
  if (lost_in_the_middle) {
    return Cat("a record of run ", Hex(id), " is lost in the middle of the run; ");
  }
  if ((missing || !run.readings.all_taken()) && !store_.EndedUncleanly(id)) {
    return Cat("samples at the end of run ", Hex(id), " are lost, and nobody says so; ");
  }
  return CheckEnd(id, run);
}

std::string Judge::CheckEnd(RunId id, const RunFacts& run) {
  if (run.opening_damaged || ledger_.disk_copied()) return {};
  // A reader that looked while its last file was away took the run for cut off.
  if (run.end == DiskView::End::kDurable && !run.hidden && store_.EndedUncleanly(id)) {
    return Cat("run ", Hex(id), " was stopped cleanly, and is said to have been cut off; ");
  }
  if (run.end == DiskView::End::kNone && !store_.EndedUncleanly(id)) {
    return Cat("run ", Hex(id), " was cut off, and is said to have been stopped cleanly; ");
  }
  return {};
}

// Where the device's clock was right whenever it was called so, or the collector's was all there
// was to go by, the store's times are those at which the sensors were read.
std::string Judge::CheckTimes() {
  const auto devices = *store_.Devices();
  if (devices.empty()) return {};
  std::map<int64_t, RunId> run_of;
  const auto rows = *store_.Runs(devices.front().key);
  for (const auto& row : rows) run_of[row.key] = row.id;
  const auto spans = *store_.Spans(devices.front().key, {}, std::numeric_limits<size_t>::max());
  for (const auto& span : spans) {
    const RecordName name{run_of[span.cursor.run_key], span.first_seq};
    const Issue* const issue = ledger_.Find(name);
    if (issue == nullptr || span.blocks.empty() || ledger_.HasLied(span.clock.boot_id)) continue;
    int64_t first = std::numeric_limits<int64_t>::max();
    for (const auto& block : span.blocks) first = std::min(first, block.first_unix_ns);
    const absl::Time says = absl::FromUnixNanos(collector::AddSaturated(first, span.shift_ns));
    const absl::Duration error = says - SimClock::TrueTimeAt(issue->first_due);
    // A boot that never had a session.
    if (span.quality == collector::TimeQuality::kUnknown) continue;
    // An estimate is too late by a call's age, and a clock that agrees with it so well is believed.
    const bool exact = span.quality == collector::TimeQuality::kExact;
    const absl::Duration allowed =
        kTimeTolerance + (exact ? absl::ZeroDuration() : 2 * collector::kOpenSessionAgeMax);
    if (absl::AbsDuration(error) > allowed) {
      return Cat("the store's time of ", Text(name), " is wrong by ", absl::FormatDuration(error),
                 span.clock.synchronised ? "" : ", read by a clock that did not know it", "; ");
    }
  }
  return {};
}

}  // namespace godwit::sim
