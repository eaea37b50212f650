// What can befall a record, and the reasons of a gap that each explains: with any other reason the
// judge finds a violation.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/sim/judge_story.h"

namespace godwit::sim {
namespace {

const char* const kReasons[] = {"spool full", "damaged",     "disk failed",
                                "overload",   "unaccounted", "a reason that does not exist"};

// What befalls a record, and the reasons of a gap that this explains.
struct Fate {
  const char* name;
  RecordName (*befall)(Story& story);
  std::set<std::string> explains;
};

RecordName WithTrouble(Story& story, bool disk_troubled, bool without_room) {
  const RecordName name = story.Unsafe();
  story.ledger.NoteTrouble(kRun, disk_troubled, without_room);
  return name;
}

RecordName Dropped(Story& story) {
  const RecordName name = story.Safe();
  story.ledger.Dropped(name);
  return name;
}

void DamageAnother(Story& story) {
  const RecordName other = story.Safe();
  story.ledger.Damaged(other);
  story.Store(other);
}

const Fate kFates[] = {
    {"nothing, and it is safe", [](Story& story) { return story.Safe(); }, {}},
    {"nothing, and it is not safe", [](Story& story) { return story.Unsafe(); }, {}},
    {"its segment is dropped", [](Story& story) { return Dropped(story); }, {"spool full"}},
    {"its bytes change",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.Damaged(name);
       return name;
     },
     {"damaged"}},
    {"its file is away for a while",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.Hidden(name.run, {name});
       return name;
     },
     {"spool full", "damaged", "unaccounted"}},
    {"the bytes of its copy change",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.CopyDamaged(name);
       return name;
     },
     {}},
    {"the disk fails before it is safe",
     [](Story& story) { return WithTrouble(story, true, false); },
     {"damaged", "disk failed"}},
    {"the disk fails, and it is safe after all",
     [](Story& story) { return story.Promise(WithTrouble(story, true, false)); },
     {}},
    {"there is no room before it is safe",
     [](Story& story) { return WithTrouble(story, false, true); },
     {"spool full"}},
    {"there is no room, and it is safe after all",
     [](Story& story) { return story.Promise(WithTrouble(story, false, true)); },
     {}},
    {"there is no room, and the run began on a failing disk",
     [](Story& story) {
       story.ledger.RunBegan(kRun, kBoot, true);
       return WithTrouble(story, false, true);
     },
     {"damaged", "disk failed", "spool full"}},
    {"eight others wait for storage",
     [](Story& story) { return story.ledger.AttemptLost(kRun, {}, true); },
     {"overload"}},
    {"no others wait for storage",
     [](Story& story) { return story.ledger.AttemptLost(kRun, {}, false); },
     {}},
    {"its process ends before it is safe",
     [](Story& story) {
       const RecordName name = story.Unsafe();
       story.Finish(DiskView::End::kDurable);
       return name;
     },
     {"damaged", "unaccounted"}},
    {"the process that knows why it is gone ends",
     [](Story& story) {
       const RecordName name = Dropped(story);
       story.Finish(DiskView::End::kDurable);
       return name;
     },
     {"spool full", "unaccounted"}},
    {"it is dropped, and another record of the run is damaged",
     [](Story& story) {
       const RecordName name = Dropped(story);
       DamageAnother(story);
       return name;
     },
     {"spool full"}},
    // The file went, the power was cut before its loss was written down, and the name of the file
    // in front of it covers it.
    {"it is dropped, its process is cut off, and another record of the run is damaged",
     [](Story& story) {
       const RecordName name = Dropped(story);
       DamageAnother(story);
       story.Finish(DiskView::End::kDurable);
       return name;
     },
     {"damaged", "spool full", "unaccounted"}},
    {"it is dropped, its process ends, and a byte of an opening of its run changes",
     [](Story& story) {
       const RecordName name = Dropped(story);
       story.ledger.OpeningDamaged(kRun);
       story.Finish(DiskView::End::kDurable);
       return name;
     },
     {"damaged", "spool full", "unaccounted"}},
    {"its process ends, and it is safe",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.Finish(DiskView::End::kDurable);
       return name;
     },
     {}},
    {"its disk is replaced",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.TearAway({kRun}, {});
       return name;
     },
     {"damaged", "unaccounted"}},  // the image may have a part of it
    {"its disk is replaced by an image that has it",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.TearAway({kRun}, {name});
       return name;
     },
     {}},
    {"the collector had it, and is restored from a backup",
     [](Story& story) {
       const RecordName name = story.Safe();
       MemoryStore before("store");
       EXPECT_TRUE(before.OpenSession({.device = {.device_id = "dev"}}).ok());
       story.Commit(before, name, Story::Bytes());
       story.ledger.CollectorRestored(before);
       return name;
     },
     {"unaccounted"}},
    {"the collector did not have it, and is restored from a backup",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.CollectorRestored(MemoryStore("store"));
       return name;
     },
     {}},
    {"the collector had it, is restored from a backup, and another record of the run is damaged",
     [](Story& story) {
       const RecordName name = story.Safe();
       const RecordName other = story.Safe();
       MemoryStore before("store");
       EXPECT_TRUE(before.OpenSession({.device = {.device_id = "dev"}}).ok());
       story.Commit(before, name, Story::Bytes());
       story.ledger.CollectorRestored(before);
       story.ledger.Damaged(other);
       story.Store(other);
       return name;
     },
     {"damaged", "unaccounted"}},
    {"no collector takes it", [](Story& story) { return story.Unreadable(); }, {}},
    {"no collector takes it, and the disk is copied",
     [](Story& story) {
       story.ledger.DiskCopied();
       return story.Unreadable();
     },
     {"unaccounted"}},
    {"no collector takes it, the disk failed before it was safe, and was copied",
     [](Story& story) {
       story.ledger.DiskCopied();
       return story.Unreadable(/*disk_troubled=*/true);
     },
     {"damaged", "unaccounted"}},
    {"it is dropped, the disk failed before it was safe, and was copied",
     [](Story& story) {
       story.ledger.DiskCopied();
       const RecordName name = story.Unsafe();
       story.ledger.NoteTrouble(kRun, true, false);
       story.ledger.Dropped(story.Promise(name));
       return name;
     },
     {"damaged", "spool full", "unaccounted"}},
    {"the disk fails while it is in memory, and was copied",
     [](Story& story) {
       story.ledger.DiskCopied();
       const RecordName name = story.Unsafe();
       story.ledger.NoteTrouble(kRun, true, false);
       return name;
     },
     {"damaged", "disk failed", "unaccounted"}},
    {"the disk is copied",
     [](Story& story) {
       story.ledger.DiskCopied();
       return story.Safe();
     },
     {}},
};

TEST(JudgeFates, AGapHasTheReasonOfTheFaultThatBefellItsRecord) {
  for (const Fate& fate : kFates) {
    for (const std::string reason : kReasons) {
      Story story;
      const RecordName name = fate.befall(story);
      story.Gap(name, reason);
      const bool explained = fate.explains.contains(reason);
      EXPECT_EQ(story.Violations(), explained ? "" : GapOf(reason, name)) << fate.name;
    }
  }
}

}  // namespace
}  // namespace godwit::sim
