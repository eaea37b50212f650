// What every Store promises, over SQLite and the simulated twin.
#include <gtest/gtest.h>

#include "base/checksum.h"
#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/schema.h"
#include "collector/store/sqlite_reader.h"
#include "collector/store/sqlite_store.h"
#include "platform/linux/linux_random.h"
#include "tests/contract/store_worlds.h"
#include "tests/contract/temporary_folder.h"

namespace godwit::collector {
namespace {

const TableId kTable(kTableIdSize, 't');

template <typename World>
class StoreContract : public testing::Test {
 protected:
  SessionAnswer Open(const std::vector<HeldRun>& runs, const std::string& id = "dev",
                     const std::vector<ReportedLoss>& losses = {}) {
    SessionOpening opening{
        .device = {.device_id = id, .name = "name of " + id, .boot_id = BootId(kBootIdSize, 'b')},
        .runs = runs,
        .table_ids = {kTable},
        .losses = losses,
        .now_unix_ns = 5};
    const auto answer = world_.store().OpenSession(opening);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : SessionAnswer{};
  }
  Delivery Record(RunId run, Seq seq, std::string batch = "bytes", bool with_table = true) {
    Delivery delivery{.device_id = "dev"};
    if (with_table) delivery.tables.push_back({kTable, "encoded table", 2});
    const auto time = static_cast<int64_t>(seq) * 100;
    delivery.record = IncomingRecord{.name = {run, seq},
                                     .checksum = Checksum(batch),
                                     .batch = batch,
                                     .blocks = {{.table = kTable, .columns = 2}},
                                     .first_unix_ns = time,
                                     .last_unix_ns = time + 99,
                                     .samples = 10};
    return delivery;
  }
  Outcome Commit(const Delivery& delivery) {
    const auto outcomes = world_.store().Commit({delivery}, 9);
    EXPECT_TRUE(outcomes.ok()) << outcomes.status();
    return outcomes.ok() ? outcomes->front() : Outcome::kConflict;
  }
  // Read by a clock that is right, and committed afterwards.
  void CommitTimed(Delivery delivery) {
    delivery.record->clock = {BootId(kBootIdSize, 'b'), 0, true};
    EXPECT_EQ(world_.store().Commit({delivery}, 1000)->front(), Outcome::kCommitted);
  }
  DeviceRow Device() { return world_.reader().Devices()->front(); }
  uint64_t GapRecords() {
    uint64_t records = 0;
    for (const auto& [reason, count] : Device().gap_records) records += count;
    return records;
  }
  std::vector<Seq> Seqs(TimeRange times = {}) { return StoredSeqs(world_.reader(), times); }

  World world_;
};

TYPED_TEST_SUITE(StoreContract, StoreWorlds);

TYPED_TEST(StoreContract, AnOperationThatFailsFailsItselfAndNotItsNeighbours) {
  this->Open({{.run = 7}});
  std::vector<StoreOperation> group;
  for (const Seq seq : {1, 2}) {
    group.push_back([delivery = this->Record(7, seq)](Store& store) {
      return store.Commit({delivery}, 9).status();
    });
    group.push_back([](Store& store) {
      return store.SetLabels({.device_id = "nobody", .set = {{"site", "x"}}}, 9);
    });
  }
  const auto results = this->world_.store().Write(group);
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_EQ(results->size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ((*results)[i].code(), i % 2 == 0 ? StatusCode::kOk : StatusCode::kNotFound);
  }
  this->world_.Reopen();
  EXPECT_EQ(this->Seqs(), (std::vector<Seq>{1, 2}));
}

TYPED_TEST(StoreContract, ARecordIsStoredOnceAndADuplicateIsAcknowledged) {
  this->Open({{.run = 7}});
  EXPECT_EQ(this->Commit(this->Record(7, 1)), Outcome::kCommitted);
  EXPECT_EQ(this->Commit(this->Record(7, 1)), Outcome::kDuplicate);
  this->world_.Reopen();
  EXPECT_EQ(this->Commit(this->Record(7, 1)), Outcome::kDuplicate);
  EXPECT_EQ(this->Seqs(), std::vector<Seq>{1});
  EXPECT_EQ(this->Device().records, 1u);
  EXPECT_EQ(this->Device().samples, 10u);
  EXPECT_EQ(this->Device().duplicates, 2u);
}

TYPED_TEST(StoreContract, OtherBytesUnderATakenNameOverwriteNothing) {
  this->Open({{.run = 7}});
  this->Commit(this->Record(7, 1, "original"));
  EXPECT_EQ(this->Commit(this->Record(7, 1, "forged")), Outcome::kConflict);
  EXPECT_EQ((*this->world_.reader().Next(this->Device().key, {}, {}))->batch, "original");
}

TYPED_TEST(StoreContract, ASessionLearnsWhatIsSettledOfWhatItHolds) {
  this->Open({{.run = 7}});
  for (const Seq seq : {1, 2, 3, 5}) this->Commit(this->Record(7, seq));
  this->world_.Reopen();
  const auto answer = this->Open({{.run = 7, .last_seq = 6, .held = SeqSet({{2, 6}})}});
  ASSERT_TRUE(answer.settled.contains(7));
  EXPECT_EQ(answer.settled.at(7).Ranges(), (std::vector<SeqRange>{{2, 3}, {5, 5}}));
  EXPECT_TRUE(answer.unknown_tables.empty());
}

TYPED_TEST(StoreContract, WhatIsNeitherHeldNorSettledIsAGapUntilItTurnsUp) {
  this->Open({{.run = 7, .last_seq = 4, .held = SeqSet({{4, 4}})}});
  EXPECT_EQ(this->GapRecords(), 3u);
  // Said twice is noted once.
  this->Open({{.run = 7, .last_seq = 4, .held = SeqSet({{4, 4}})}});
  EXPECT_EQ(this->GapRecords(), 3u);
  EXPECT_EQ(this->Commit(this->Record(7, 2)), Outcome::kCommitted);
  EXPECT_EQ(this->GapRecords(), 2u);
  EXPECT_EQ(this->Seqs(), std::vector<Seq>{2});
  EXPECT_EQ(this->Commit(this->Record(7, 2)), Outcome::kDuplicate);
}

TYPED_TEST(StoreContract, AGapSaysWhyWhereTheDeviceKnows) {
  this->Open({{.run = 7, .last_seq = 9, .held = SeqSet({{9, 9}})}}, "dev",
             {{7, {2, 5}, "spool full"}, {7, {9, 9}, "damaged"}, {8, {1, 9}, "overload"}});
  EXPECT_EQ(this->Device().gap_records,
            (std::map<std::string, uint64_t>{{"spool full", 4}, {"unaccounted", 4}}));
}

TYPED_TEST(StoreContract, WhatAGapNamesAndADeviceHasAfterAllIsWanted) {
  this->Open({{.run = 7, .last_seq = 4, .held = SeqSet({{4, 4}})}});
  this->Commit(this->Record(7, 4));
  // A copied card, or a segment that is back after a power cut.
  const auto answer = this->Open({{.run = 7, .last_seq = 4, .held = SeqSet({{2, 4}})}});
  EXPECT_EQ(answer.settled.at(7).Ranges(), (std::vector<SeqRange>{{4, 4}}));
}

TYPED_TEST(StoreContract, ARunThatWasCutOffStaysSo) {
  this->Open({{.run = 7, .unclean_end = true}, {.run = 8, .follows_run = 7}});
  this->Open({{.run = 8, .follows_run = 7}});
  EXPECT_EQ(this->Device().unclean_runs, 1u);
}

TYPED_TEST(StoreContract, TheRunThatIsFollowedIsAccountedForToo) {
  this->Open({{.run = 8, .follows_run = 7, .follows_last_seq = 2}});
  EXPECT_EQ(this->GapRecords(), 2u);
  EXPECT_EQ(this->Device().runs, 2u);
}

// Records went out of memory, and the spool that had the earlier ones was damaged.
TYPED_TEST(StoreContract, ARunThatIsOverReachedAtLeastItsHighestStoredRecord) {
  this->Open({{.run = 7, .last_seq = 5, .held = SeqSet({{1, 5}})}});
  for (const Seq seq : {1, 2, 5}) this->Commit(this->Record(7, seq));
  this->Open({{.run = 7, .last_seq = 2, .held = SeqSet({{1, 2}}), .unclean_end = true},
              {.run = 8, .follows_run = 7, .follows_last_seq = 2}});
  EXPECT_EQ(this->GapRecords(), 2u);
}

TYPED_TEST(StoreContract, ARecordOfARunThatGoesOnMayBeUnderWay) {
  this->Open({{.run = 7, .last_seq = 2, .held = SeqSet({{1, 2}})}});
  for (const Seq seq : {1, 2, 5}) this->Commit(this->Record(7, seq));
  // The same call once more, late.
  this->Open({{.run = 7, .last_seq = 2, .held = SeqSet({{1, 2}})}});
  EXPECT_EQ(this->GapRecords(), 0u);
}

TYPED_TEST(StoreContract, RecordsReadByRunThenSeqWhateverOrderTheyCameIn) {
  this->Open({{.run = 70}, {.run = 8, .follows_run = 70}});
  this->Commit(this->Record(8, 1));
  this->Commit(this->Record(70, 2));
  this->Commit(this->Record(70, 1));
  EXPECT_EQ(this->Seqs(), (std::vector<Seq>{1, 2, 1}));
}

TYPED_TEST(StoreContract, CopiesOfOneCardAreReadInFull) {
  // Two runs that follow the same run, with equal sequence numbers.
  this->Open({{.run = 7}, {.run = 8, .follows_run = 7}, {.run = 9, .follows_run = 7}});
  for (const RunId run : {8, 9}) {
    for (const Seq seq : {1, 2}) this->Commit(this->Record(run, seq));
  }
  EXPECT_EQ(this->Seqs(), (std::vector<Seq>{1, 2, 1, 2}));
}

TYPED_TEST(StoreContract, ARunOfANewSpoolStandsBehindWhatTheDeviceHadBefore) {
  this->Open({{.run = 7}, {.run = 8, .follows_run = 7}});
  this->Commit(this->Record(8, 1, "before"));
  this->Open({{.run = 9}});
  this->Commit(this->Record(9, 1, "after"));
  const auto heads = this->world_.reader().Heads(this->Device().key);
  ASSERT_EQ(heads->size(), 1u);
  EXPECT_EQ(heads->front().batch, "after");
}

TYPED_TEST(StoreContract, TheHeadIsTheNewestRecordEvenWhenOlderOnesComeLater) {
  this->Open({{.run = 7}});
  this->Commit(this->Record(7, 5, "new"));
  this->Commit(this->Record(7, 4, "old"));
  EXPECT_EQ(this->world_.reader().Heads(this->Device().key)->front().batch, "new");
}

TYPED_TEST(StoreContract, TheHeadIsThatOfTheNewestSamplesWhateverRunBringsThem) {
  this->Open({{.run = 7}});
  this->CommitTimed(this->Record(7, 1));
  this->Open({{.run = 9}});  // another agent with this id, which runs once
  this->CommitTimed(this->Record(9, 2, "once"));
  EXPECT_EQ(this->world_.reader().Heads(this->Device().key)->front().batch, "once");
  EXPECT_TRUE(this->Device().alerts.empty());
  this->CommitTimed(this->Record(7, 3, "next"));
  EXPECT_EQ(this->world_.reader().Heads(this->Device().key)->front().batch, "next");
  EXPECT_EQ(this->Device().newest_unix_ns, 399);
  ASSERT_EQ(this->Device().alerts.size(), 1u);
  EXPECT_EQ(this->Device().alerts[0].kind, "identity shared");
  this->CommitTimed(this->Record(7, 4));
  EXPECT_EQ(this->Device().alerts[0].count, 1u) << "it is said once, until the other one is back";
}

TYPED_TEST(StoreContract, ABacklogOfAnEarlierRunIsNotNewer) {
  this->Open({{.run = 7}});
  this->Open({{.run = 9}});
  this->CommitTimed(this->Record(9, 3, "new"));
  this->CommitTimed(this->Record(7, 2, "old"));
  EXPECT_EQ(this->world_.reader().Heads(this->Device().key)->front().batch, "new");
  EXPECT_TRUE(this->Device().alerts.empty());
}

// A boot that never met a collector nor a clock: its records come late, and only then.
TYPED_TEST(StoreContract, ARunOfUnknownTimeIsNotNewerThanALaterOne) {
  this->Open({{.run = 7}, {.run = 9}});
  Delivery unknown = this->Record(7, 5, "unknown");
  unknown.record->clock = {BootId(kBootIdSize, 'u'), 0, false};
  EXPECT_EQ(this->world_.store().Commit({unknown}, 1000)->front(), Outcome::kCommitted);
  this->CommitTimed(this->Record(9, 3, "new"));
  EXPECT_EQ(this->world_.reader().Heads(this->Device().key)->front().batch, "new");
  EXPECT_TRUE(this->Device().alerts.empty());
}

TYPED_TEST(StoreContract, HeadsOfSeveralRunsAreOrderedByTheNewestSamplesOfEachRun) {
  this->Open({{.run = 7}, {.run = 8}, {.run = 9}});
  const auto commit = [&](RunId run, Seq seq, char table, bool timed) {
    Delivery delivery = this->Record(run, seq, std::string(1, table));
    const TableId id(kTableIdSize, table);
    delivery.tables = {{id, "encoded table", 1}};
    delivery.record->blocks = {{.table = id, .columns = 1}};
    delivery.record->clock = {BootId(kBootIdSize, timed ? 'b' : 'u'), 0, timed};
    EXPECT_EQ(this->world_.store().Commit({delivery}, 1000)->front(), Outcome::kCommitted);
  };
  commit(7, 1, 'a', true);  // an old list of series, whose run has the newest samples, too
  commit(7, 5, 'b', true);
  commit(8, 3, 'c', true);
  commit(9, 9, 'd', false);
  std::string order;
  const auto heads = *this->world_.reader().Heads(this->Device().key);
  for (const Head& head : heads) order += head.batch;
  EXPECT_EQ(order, "dcab");
}

TYPED_TEST(StoreContract, TimesSelectTheRecordsThatOverlapThem) {
  this->Open({{.run = 7}});
  for (const Seq seq : {1, 2, 3, 4}) this->Commit(this->Record(7, seq));  // seq n: n00 to n99
  EXPECT_EQ(this->Seqs({.since_unix_ns = 250}), (std::vector<Seq>{2, 3, 4}));
  EXPECT_EQ(this->Seqs({.since_unix_ns = 250, .until_unix_ns = 300}), std::vector<Seq>{2});
  EXPECT_EQ(this->Seqs({.since_unix_ns = 1000}), std::vector<Seq>{});
}

TYPED_TEST(StoreContract, ARecordNeedsATableThatItsDeviceHasBrought) {
  EXPECT_EQ(this->Open({{.run = 7}}).unknown_tables, std::vector<TableId>{kTable});
  EXPECT_EQ(this->Commit(this->Record(7, 1, "x", false)), Outcome::kUnknownTable);
  EXPECT_EQ(this->Commit(this->Record(7, 1, "x", true)), Outcome::kCommitted);
  EXPECT_EQ(this->Commit(this->Record(7, 2, "x", false)), Outcome::kCommitted);
  EXPECT_TRUE(this->Open({{.run = 7}}).unknown_tables.empty());
  EXPECT_EQ(*this->world_.reader().Table(kTable), "encoded table");
  EXPECT_TRUE(absl::IsNotFound(this->world_.reader().Table(TableId(16, 'x')).status()));
}

TYPED_TEST(StoreContract, ABlockThatDoesNotFitItsTableIsMalformed) {
  this->Open({{.run = 7}});
  Delivery delivery = this->Record(7, 1);
  delivery.record->blocks[0].columns = 3;
  EXPECT_EQ(this->Commit(delivery), Outcome::kMalformed);
  EXPECT_EQ(this->Seqs(), std::vector<Seq>{});
}

TYPED_TEST(StoreContract, DevicesAreListedByNameWithWhatTheySaidLast) {
  this->Open({}, "b");
  this->Open({}, "a");
  const auto devices = this->world_.reader().Devices();
  ASSERT_EQ(devices->size(), 2u);
  EXPECT_EQ(devices->front().facts.name, "name of a");
  EXPECT_EQ(devices->front().last_seen_unix_ns, 5);
}

// A row that SQLite refuses; the rest of its delivery goes with it, and nothing else.
TEST(SqliteStoreTest, ADeliveryThatFailsLeavesNothingBehind) {
  SqliteWorld world;
  ASSERT_TRUE(
      world.store().OpenSession({.device = {.device_id = "dev"}, .runs = {{.run = 7}}}).ok());
  const auto deliver = [](Seq seq, bool fails) -> StoreOperation {
    return [seq, fails](Store& store) -> Status {
      const IncomingRecord record{.name = {7, seq}, .checksum = 1, .batch = "x"};
      GODWIT_RETURN_IF_ERROR(store.Commit({{.device_id = "dev", .record = record}}, 1).status());
      return fails ? Error(StatusCode::kInternal, "a row is refused") : absl::OkStatus();
    };
  };
  const auto results =
      world.store().Write({deliver(1, false), deliver(2, true), deliver(3, false)});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_TRUE(absl::IsInternal((*results)[1]));
  EXPECT_EQ(StoredSeqs(world.reader()), (std::vector<Seq>{1, 3}));
  // Neither stored nor settled, whatever was read of its run before.
  EXPECT_TRUE((*world.store().Write({deliver(2, false)}))[0].ok());
  EXPECT_EQ(StoredSeqs(world.reader()), (std::vector<Seq>{1, 2, 3}));
}

TEST(SqliteStoreTest, TheWriteAheadLogStaysShortHoweverMuchIsCommitted) {
  constexpr size_t kRecords = 600;
  constexpr size_t kBatchBytes = 200'000;  // 120 MB in all
  TemporaryFolder folder;
  LinuxRandom random;
  const std::string file = StoreFile(folder.path());
  auto store = SqliteStore::Open(file, random);
  auto reader = SqliteReader::Open(file);  // its snapshots must not hold the log
  ASSERT_TRUE((*store)->OpenSession({.device = {.device_id = "dev"}, .runs = {{.run = 7}}}).ok());
  const std::string batch(kBatchBytes, 'x');
  for (Seq seq = 1; seq <= kRecords; ++seq) {
    const IncomingRecord record{.name = {7, seq}, .checksum = 1, .batch = batch};
    ASSERT_TRUE((*store)->Commit({{.device_id = "dev", .record = record}}, 1).ok());
    ASSERT_EQ((*reader)->Devices()->front().records, seq);
  }
  EXPECT_LT(std::filesystem::file_size(file + "-wal"), 66u << 20);
}

TEST(SqliteStoreTest, AStoreOfAnotherVersionIsNotTouched) {
  TemporaryFolder folder;
  LinuxRandom random;
  const std::string file = StoreFile(folder.path());
  std::string id;
  {
    auto store = SqliteStore::Open(file, random);
    ASSERT_TRUE(store.ok());
    id = (*store)->store_id();
    EXPECT_EQ(id.size(), 16u);
  }
  EXPECT_EQ((*SqliteStore::Open(file, random))->store_id(), id);
  {
    auto database = Database::Open(file, Database::Mode::kReadWrite);
    ASSERT_TRUE((*database)->Execute("PRAGMA user_version=1").ok());
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(SqliteStore::Open(file, random).status()));
}

}  // namespace
}  // namespace godwit::collector
