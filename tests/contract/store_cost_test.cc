// What a call costs does not grow with what a device has done before: how many statements it runs,
// and how many rows those touch, which SQLite counts in instructions.
#include <gtest/gtest.h>

#include "collector/store/sqlite_reader.h"
#include "collector/store/sqlite_store.h"
#include "platform/linux/linux_random.h"
#include "tests/contract/temporary_folder.h"

namespace godwit::collector {
namespace {

constexpr int kMany = 3000;

class StoreCostTest : public testing::Test {
 protected:
  StoreCostTest() { Open("dev", {{.run = kFirstRun}}); }
  static constexpr RunId kFirstRun = 1;

  void Open(const std::string& id, std::vector<HeldRun> runs) {
    const SessionOpening opening{.device = {.device_id = id, .boot_id = BootId(kBootIdSize, 'b')},
                                 .runs = std::move(runs),
                                 .now_unix_ns = ++now_};
    ASSERT_TRUE(store_->OpenSession(opening).ok());
  }
  void Commit(const RecordName& name, const std::string& id = "dev") {
    const IncomingRecord record{.name = name, .checksum = 1, .batch = "x"};
    ASSERT_TRUE(store_->Commit({{.device_id = id, .record = record}}, ++now_).ok());
  }
  // As `once` does it: each start of the agent is a run of its own with one record.
  void Start(RunId run) {
    Open("dev", {{.run = run,
                  .last_seq = 1,
                  .held = SeqSet({{1, 1}}),
                  .follows_run = run - 1,
                  .follows_last_seq = run == kFirstRun + 1 ? Seq{0} : Seq{1}}});
    Commit({run, 1});
  }
  template <typename Call>
  static Database::Cost CostOf(const auto& database, const Call& call) {
    const Database::Cost before = database.cost();
    call();
    const Database::Cost after = database.cost();
    return {after.runs - before.runs, after.instructions - before.instructions};
  }
  // One transaction for all, so that it is quick.
  void Many(const std::function<void(int)>& call) {
    const StoreOperation all = [&](Store&) {
      for (int i = 0; i < kMany; ++i) call(i);
      return absl::OkStatus();
    };
    ASSERT_TRUE(store_->Write({all}).ok());
  }
  static void ExpectNoMore(const Database::Cost& later, const Database::Cost& first) {
    EXPECT_LE(later.runs, first.runs + 2);
    EXPECT_LE(later.instructions, 2 * first.instructions + 200);
  }

  TemporaryFolder folder_;
  const std::string file_ = StoreFile(folder_.path());
  LinuxRandom random_;
  std::unique_ptr<SqliteStore> store_ = *SqliteStore::Open(file_, random_);
  std::unique_ptr<SqliteReader> reader_ = *SqliteReader::Open(file_);
  int64_t now_ = 0;
};

TEST_F(StoreCostTest, AStartCostsTheSameAfterThousandsOfThem) {
  RunId run = kFirstRun;
  Start(++run);
  const auto first = CostOf(*store_, [&] { Start(++run); });
  Many([&](int) { Start(++run); });
  ExpectNoMore(CostOf(*store_, [&] { Start(++run); }), first);
}

TEST_F(StoreCostTest, ANewSpoolCostsTheSameAfterThousandsOfRuns) {
  const auto open = [&](RunId run) { Open("dev", {{.run = run}}); };
  const auto first = CostOf(*store_, [&] { open(1'000'000); });
  Many([&](int i) { open(1000 + static_cast<RunId>(i)); });
  ExpectNoMore(CostOf(*store_, [&] { open(2'000'000); }), first);
}

// Every second record is missing: as many settled ranges as records.
TEST_F(StoreCostTest, ARecordOfARunInPiecesCostsTheSame) {
  Seq seq = 1;
  const auto commit = [&] { Commit({kFirstRun, seq += 2}); };
  commit();
  const auto first = CostOf(*store_, commit);
  Many([&](int) { commit(); });
  ExpectNoMore(CostOf(*store_, commit), first);
}

TEST_F(StoreCostTest, ALateRecordFindsItsGapAmongThousandsAtOnce) {
  SeqSet held;
  for (Seq seq = 2; seq <= 2 * kMany; seq += 2) held.Add(seq);
  const auto heal = [&](Seq seq) { Commit({kFirstRun, seq}); };
  Open("dev", {{.run = kFirstRun, .last_seq = 6, .held = SeqSet({{2, 2}, {4, 4}, {6, 6}})}});
  const auto first = CostOf(*store_, [&] { heal(3); });
  Open("dev", {{.run = kFirstRun, .last_seq = 2 * kMany, .held = held}});
  ExpectNoMore(CostOf(*store_, [&] { heal(2 * kMany - 1); }), first);
}

// A row for each range of its run, and not one for each pair of ranges.
TEST_F(StoreCostTest, ASessionOfARunInPiecesReadsEachRangeOnce) {
  SeqSet held;
  const auto open = [&] { Open("dev", {{.run = kFirstRun, .last_seq = 3 * kMany, .held = held}}); };
  for (Seq seq = 1; seq <= 3 * kMany; seq += 3) held.Add(seq);
  open();
  Many([&](int i) { Commit({kFirstRun, 3 * static_cast<Seq>(i) + 1}); });
  const auto cost = CostOf(*store_, open);
  EXPECT_LE(cost.runs, 40);
  EXPECT_LE(cost.instructions, 100 * kMany);
}

TEST_F(StoreCostTest, OpenCommandsAreFoundAmongThousandsThatAreOver) {
  const auto issue = [&](int i) {
    NewCommand command{.id = std::string(16, 'c'),
                       .device_id = "dev",
                       .kind = "ping",
                       .expires_unix_ns = now_ + 1'000'000};
    command.id += std::to_string(i);
    ASSERT_TRUE(store_->Issue(command, now_).ok());
    ASSERT_TRUE(
        store_
            ->Report(
                {.id = command.id, .device_id = "dev", .start_id = 1, .ended = CommandState::kDone},
                now_)
            .ok());
  };
  const auto ask = [&] { EXPECT_TRUE(store_->OpenCommands("dev", now_)->empty()); };
  issue(-1);
  const auto first = CostOf(*store_, ask);
  Many(issue);
  ExpectNoMore(CostOf(*store_, ask), first);
}

TEST_F(StoreCostTest, ATailThatKeepsUpFindsItsNextRecordAmongThousandsAtOnce) {
  Open("other", {{.run = kFirstRun}});
  const int64_t device = reader_->Identity("dev")->name.key;
  Seq seq = 0;
  const auto next = [&] {
    const uint64_t last = *reader_->LastCommitted();
    Commit({kFirstRun, ++seq});
    const auto cost = CostOf(*reader_, [&] {
      EXPECT_EQ((*reader_->NextCommitted(device, last))->record.cursor.seq, seq);
      EXPECT_FALSE((*reader_->NextCommitted(device, last + 1)).has_value());
      EXPECT_EQ(*reader_->LastCommitted(), last + 1);
    });
    return cost;
  };
  const auto first = next();
  EXPECT_LE(first.instructions, 150);
  Many([&](int) { Commit({kFirstRun, ++seq}); });
  Many([&](int i) { Commit({kFirstRun, static_cast<Seq>(i) + 1}, "other"); });
  ExpectNoMore(next(), first);
}

// Reading on from one run to the next.
TEST_F(StoreCostTest, TheNextRunIsFoundAmongThousandsAtOnce) {
  RunId run = kFirstRun;
  Many([&](int) { Start(++run); });
  RecordCursor at;
  const int64_t device = reader_->DeviceNames()->front().key;
  const auto next = [&] {
    const auto record = *reader_->Next(device, at, {});
    ASSERT_TRUE(record.has_value());
    at = record->cursor;
  };
  next();
  const auto first = CostOf(*reader_, next);
  EXPECT_LE(first.instructions, 500);
  for (int i = 0; i < kMany - 10; ++i) next();
  ExpectNoMore(CostOf(*reader_, next), first);
}

TEST_F(StoreCostTest, AStatementEndsWhenItsCallerHasGone) {
  RunId run = kFirstRun;
  Many([&](int) { Start(++run); });
  const int64_t device = reader_->DeviceNames()->front().key;
  {
    const ReadWatch watch(*reader_, [] { return true; });
    const auto runs = reader_->Runs(device);
    EXPECT_TRUE(absl::IsCancelled(runs.status())) << runs.status();
  }
  EXPECT_EQ(reader_->Runs(device)->size(), kMany + 1u);
}

TEST_F(StoreCostTest, AllRunsOfADeviceAreReadInOnePass) {
  RunId run = kFirstRun;
  Many([&](int) { Start(++run); });
  const int64_t device = reader_->DeviceNames()->front().key;
  const auto cost = CostOf(*reader_, [&] { EXPECT_EQ(reader_->Runs(device)->size(), kMany + 1u); });
  EXPECT_LE(cost.instructions, 60 * kMany);
}

}  // namespace
}  // namespace godwit::collector
