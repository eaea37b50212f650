// What retention counts, and what is dropped when nothing uses it any more.
#include <gtest/gtest.h>

#include <deque>

#include "base/text.h"
#include "codec/batch_codec.h"
#include "codec/table.h"
#include "collector/limits.h"
#include "collector/store/record_bytes.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/store_tools.h"
#include "tests/contract/stored_world.h"

namespace godwit::collector {
namespace {

constexpr int64_t kDay = int64_t{24} * 3600 * 1'000'000'000;
constexpr int64_t kNow = 1000 * kDay;
constexpr absl::Duration kKeep = absl::Hours(24 * 30);

class StoreUpkeepTest : public testing::Test {
 protected:
  void Open(int64_t now, const std::vector<HeldRun>& runs, char boot = 'b',
            const std::string& id = "dev") {
    const SessionOpening opening{.device = {.device_id = id, .boot_id = BootId(kBootIdSize, boot)},
                                 .runs = runs,
                                 .now_unix_ns = now};
    ASSERT_TRUE(store_->OpenSession(opening).ok());
  }
  Outcome Commit(int64_t now, RecordName name, char table, char boot = 'b', ByteCount bytes = 100) {
    const TableId id(kTableIdSize, table);
    const IncomingRecord record{
        .name = name,
        .checksum = 1,
        .batch = std::string(bytes, 'x'),
        .blocks = {{.table = id, .columns = 1, .ticks = 1}},
        .clock = {.boot_id = BootId(kBootIdSize, boot), .synchronised = true},
        .first_unix_ns = now,
        .last_unix_ns = now};
    return (*store_->Commit({{.device_id = "dev", .tables = {{id, "table", 1}}, .record = record}},
                            now))[0];
  }
  void Tidy(int64_t now) {
    int64_t device = 0;
    while (const auto next = *store_->Tidy(device, kKeep, now)) device = *next;
  }
  int64_t Count(const std::string& sql) {
    const auto database = *Database::Open(file_, Database::Mode::kQueryOnly);
    statements_.push_back(sql);
    Statement count = database->Prepare(statements_.back().c_str());
    EXPECT_TRUE(*count.Step()) << sql;
    return count.Integer(0);
  }
  int64_t Rows(const std::string& table) { return Count("SELECT count(*) FROM " + table); }

  TemporaryFolder folder_;
  const std::string file_ = StoreFile(folder_.path());
  LinuxRandom random_;
  std::unique_ptr<SqliteStore> store_ = *SqliteStore::Open(file_, random_);
  std::deque<std::string> statements_;
};

constexpr char kBytesAreRight[] =
    "SELECT count(*) FROM device WHERE record_bytes != (SELECT coalesce(sum(" GODWIT_RECORD_BYTES
    "), 0) FROM record WHERE record.device = device.key)";

TEST_F(StoreUpkeepTest, TablesOfOneDeviceTakeNobodysRecordsAway) {
  Open(kNow, {{.run = 7}});
  Open(kNow, {}, 'b', "noisy");
  for (Seq seq = 1; seq <= 100; ++seq) Commit(kNow, {7, seq}, 't', 'b', 10'000);
  Delivery tables{.device_id = "noisy"};
  for (int i = 0; i < 40; ++i) {
    tables.tables.push_back(
        {TableId(kTableIdSize, static_cast<char>(i)), std::string(100'000, 'x'), 1});
  }
  ASSERT_TRUE(store_->Commit({tables}, kNow).ok());
  const Retention retention{.bytes = 2'000'000};  // less than the tables
  EXPECT_EQ(*store_->Prune(retention, 1000, kNow + 1), 0u);
  for (Seq seq = 101; seq <= 250; ++seq) Commit(kNow + 1, {7, seq}, 't', 'b', 10'000);
  size_t removed = 0;
  while (const size_t now = *store_->Prune(retention, 10, kNow + 2)) removed += now;
  EXPECT_GT(removed, 40u);
  EXPECT_LT(removed, 100u);
}

TEST_F(StoreUpkeepTest, BytesAddUpWhateverIsCommittedMergedAndTakenAway) {
  StoredWorld world(5);
  world.Fill();
  world.MergeAll();
  const auto wrong = [&] {
    const auto database = *Database::Open(world.file(), Database::Mode::kQueryOnly);
    Statement count = database->Prepare(kBytesAreRight);
    EXPECT_TRUE(*count.Step());
    return count.Integer(0);
  };
  EXPECT_EQ(wrong(), 0);
  ASSERT_GT(*world.store().Prune({.age = absl::Nanoseconds(1)}, 20, kNow * 100), 0u);
  EXPECT_EQ(wrong(), 0);
  while (*world.store().Prune({.age = absl::Nanoseconds(1)}, 20, kNow * 100) > 0) continue;
  EXPECT_EQ(wrong(), 0);
}

// An upgrade of a store with records, which continues while others come and go.
TEST_F(StoreUpkeepTest, BytesAddUpAfterAnUpgradeThatWasCutOff) {
  Open(kNow, {{.run = 7}});
  const StoreOperation fill = [this](Store&) {
    for (Seq seq = 1; seq <= 2 * kFillInRecords + 5; ++seq) {
      Commit(kNow + static_cast<int64_t>(seq), {7, seq}, 't');
    }
    return absl::OkStatus();
  };
  ASSERT_TRUE((*store_->Write({fill}))[0].ok());
  {
    const auto database = *Database::Open(file_, Database::Mode::kReadWrite);
    ASSERT_TRUE(
        database
            ->Execute("UPDATE device SET record_bytes = 0;"
                      "INSERT INTO background SELECT 'record bytes', 0, max(key) FROM record")
            .ok());
  }
  EXPECT_TRUE(*store_->FillIn());
  // Of what is counted and of what is not: some go, some come.
  ASSERT_EQ(*store_->Prune({.age = absl::Nanoseconds(1)}, 7, kNow * 2), 7u);
  {
    const auto database = *Database::Open(file_, Database::Mode::kReadWrite);
    ASSERT_TRUE(database->Execute("UPDATE record SET age_unix_ns = 0 WHERE key > 1900").ok());
  }
  ASSERT_EQ(*store_->Prune({.age = absl::Nanoseconds(1)}, 50, kNow * 2), 50u);
  Commit(kNow, {7, 9999}, 't');
  store_.reset();
  store_ = *SqliteStore::Open(file_, random_);
  while (*store_->FillIn()) continue;
  EXPECT_EQ(Rows("background"), 0);
  EXPECT_EQ(Count(kBytesAreRight), 0);
  EXPECT_GT(Count("SELECT record_bytes FROM device"), 400 * 2000);
}

TEST_F(StoreUpkeepTest, TablesAndBootsGoWhenNothingUsesThemAndNobodyNamesThem) {
  Open(kNow, {{.run = 7}}, 'a');
  Commit(kNow, {7, 1}, 'u', 'a');
  Commit(kNow + 40 * kDay, {7, 2}, 'v', 'b');
  Open(kNow + 40 * kDay, {{.run = 7}}, 'b');
  Tidy(kNow + 41 * kDay);
  EXPECT_EQ(Rows("device_table"), 2);  // a record uses the old one
  EXPECT_EQ(Rows("boot"), 2);
  ASSERT_EQ(*store_->Prune({.age = absl::Hours(24 * 30)}, 9, kNow + 41 * kDay), 1u);
  Tidy(kNow + 60 * kDay);
  EXPECT_EQ(Rows("device_table"), 1);
  EXPECT_EQ(Rows("series_table"), 1);
  EXPECT_EQ(Rows("boot"), 2);  // it was superseded 20 days ago
  Tidy(kNow + 71 * kDay);
  EXPECT_EQ(Rows("boot"), 1);
  // Named again, it is asked for.
  SessionOpening opening{.device = {.device_id = "dev", .boot_id = BootId(kBootIdSize, 'b')},
                         .table_ids = {TableId(kTableIdSize, 'u'), TableId(kTableIdSize, 'v')},
                         .now_unix_ns = kNow + 71 * kDay};
  EXPECT_EQ(store_->OpenSession(opening)->unknown_tables,
            std::vector<TableId>{TableId(kTableIdSize, 'u')});
}

TEST_F(StoreUpkeepTest, ATableStaysWhileRecordsThatUseItCome) {
  Open(kNow, {{.run = 7}});
  for (int day = 0; day < 40; ++day) {
    Commit(kNow + day * kDay, {7, static_cast<Seq>(day + 1)}, 'u');
    ASSERT_EQ(*store_->Prune({.age = absl::Nanoseconds(1)}, 9, kNow + day * kDay + 2), 1u);
    Tidy(kNow + day * kDay);
  }
  EXPECT_EQ(Rows("device_table"), 1);
}

TEST_F(StoreUpkeepTest, ARunGoesWithItsAccountingWhenItsDeviceHasForgottenIt) {
  Open(kNow, {{.run = 7, .last_seq = 5, .held = SeqSet({{2, 5}})}});
  Commit(kNow, {7, 2}, 't');
  Open(kNow + kDay, {{.run = 7, .last_seq = 5, .held = SeqSet({{3, 5}})},
                     {.run = 8, .follows_run = 7, .follows_last_seq = 5}});
  Open(kNow + 2 * kDay, {{.run = 8}});
  EXPECT_EQ(Rows("run"), 2);
  Open(kNow + 40 * kDay, {{.run = 8}});
  Tidy(kNow + 40 * kDay);
  EXPECT_EQ(Rows("run"), 2);  // a record of it is stored
  ASSERT_EQ(*store_->Prune({.age = absl::Nanoseconds(1)}, 9, kNow + 40 * kDay), 1u);
  Tidy(kNow + 40 * kDay);
  EXPECT_EQ(Rows("run"), 1);
  EXPECT_EQ(Rows("settled"), 0);
  EXPECT_EQ(Rows("gap"), 0);
}

TEST_F(StoreUpkeepTest, MoreRunsThanGoInOneTurnGoInTheNext) {
  const StoreOperation open_all = [](Store& store) {
    for (RunId run = 1; run <= kTidyRunsMax + 50; ++run) {
      const SessionOpening opening{
          .device = {.device_id = "dev", .boot_id = BootId(kBootIdSize, 'b')},
          .runs = {{.run = run}},
          .now_unix_ns = kNow};
      GODWIT_RETURN_IF_ERROR(store.OpenSession(opening).status());
    }
    return absl::OkStatus();
  };
  ASSERT_TRUE((*store_->Write({open_all}))[0].ok());
  Open(kNow + 40 * kDay, {{.run = 9999}});
  Tidy(kNow + 40 * kDay);
  EXPECT_EQ(Rows("run"), 1);
}

// It has been away, and may ask for its old runs when it is back.
TEST_F(StoreUpkeepTest, ARunStaysWhileItsDeviceMayAsk) {
  Open(kNow, {{.run = 7, .last_seq = 2, .held = SeqSet({{1, 2}})},
              {.run = 8, .follows_run = 7, .follows_last_seq = 2}});
  Commit(kNow, {7, 1}, 't');
  Commit(kNow, {7, 2}, 't');
  ASSERT_EQ(*store_->Prune({.age = absl::Nanoseconds(1)}, 9, kNow + 2), 2u);
  Tidy(kNow + 400 * kDay);
  EXPECT_EQ(Commit(kNow + 401 * kDay, {7, 1}, 't'), Outcome::kDuplicate);
  // It is back, and has named the run a day before it forgets it.
  for (const int day : {401, 420, 449}) {
    Open(kNow + day * kDay, {{.run = 7, .last_seq = 2, .held = SeqSet({{2, 2}})}, {.run = 8}});
  }
  Open(kNow + 450 * kDay, {{.run = 8}});
  Tidy(kNow + 478 * kDay);
  EXPECT_EQ(Commit(kNow + 478 * kDay, {7, 2}, 't'), Outcome::kDuplicate);
}

TEST_F(StoreUpkeepTest, AReportGoesWithTheLastRecordOfADeviceThatIsGone) {
  SessionOpening opening{.device = {.device_id = "dev", .boot_id = BootId(kBootIdSize, 'b')},
                         .report = DeviceReport{.disk = "ok", .settings = {{"a", "b", "c"}}},
                         .now_unix_ns = kNow};
  const std::string reporting = "device WHERE reported_unix_ns IS NOT NULL";
  ASSERT_TRUE(store_->OpenSession(opening).ok());
  Commit(kNow, {7, 1}, 't');
  Tidy(kNow + 400 * kDay);
  EXPECT_EQ(Rows("report"), 1);
  EXPECT_EQ(Rows(reporting), 1);
  ASSERT_EQ(*store_->Prune({.age = absl::Nanoseconds(1)}, 9, kNow + 400 * kDay), 1u);
  Tidy(kNow + 400 * kDay);
  EXPECT_EQ(Rows("report"), 0);
  EXPECT_EQ(Rows(reporting), 0);
  EXPECT_EQ(Rows("device"), 1);
}

}  // namespace
}  // namespace godwit::collector
