// Stores that older versions made open, with all that is in them.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/text.h"
#include "collector/store/migrations.h"
#include "collector/store/record_bytes.h"
#include "collector/store/sqlite_reader.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/store_shape.h"
#include "platform/linux/linux_random.h"
#include "tests/contract/old_store.h"
#include "tests/contract/temporary_folder.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

class OldStore : public testing::TestWithParam<int> {
 protected:
  void Execute(const std::string& sql) {
    const auto database = *Database::Open(file_, Database::Mode::kReadWrite);
    ASSERT_TRUE(database->Execute(sql.c_str()).ok()) << sql;
  }
  int64_t Number(const char* sql) {
    const auto database = *Database::Open(file_, Database::Mode::kQueryOnly);
    Statement number = database->Prepare(sql);
    EXPECT_TRUE(*number.Step()) << sql;
    return number.Integer(0);
  }
  Status Refused() { return SqliteStore::Open(file_, random_).status(); }

  TemporaryFolder folder_;
  LinuxRandom random_;
  const std::string file_ = StoreFile(folder_.path());
};

TEST_P(OldStore, IsBroughtUpToDateWithAllThatIsInIt) {
  ASSERT_TRUE(MakeOldStore(file_, GetParam()).ok());
  auto store = SqliteStore::Open(file_, random_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->store_id(), std::string(16, 's'));
  const auto reader = *SqliteReader::Open(file_);
  ASSERT_EQ(reader->Devices()->size(), 1u);
  const auto spans = *reader->Spans(1, {}, 10);
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].quality, TimeQuality::kExact);
  EXPECT_EQ(spans[0].clock.wall_offset_ns, 4 * kSecond);
  ASSERT_EQ(spans[0].blocks.size(), 1u);
  EXPECT_EQ(spans[0].blocks[0].ticks, 3u);
  EXPECT_EQ(spans[0].blocks[0].missing, 2u);
  EXPECT_EQ(spans[0].blocks[0].columns, 1u);
  const auto by_time = *reader->NextByTime(1, {}, {13 * kSecond, 15 * kSecond});
  ASSERT_TRUE(by_time.has_value());
  EXPECT_EQ(by_time->cursor.seq, 1u);
  EXPECT_EQ(by_time->batch, OldBatch());
  // What is old waits to be merged; alone it will stay as it is.
  const auto source = *SqliteMergeSource::Open(file_);
  const auto step = *source->Next(20 * kSecond, 20 * kSecond);
  ASSERT_TRUE(step.has_value());
  EXPECT_EQ(step->what, MergeStep::What::kLeave);
  // And it continues: the old record is a duplicate, a new session is taken.
  const auto outcomes = (*store)->Commit(
      {{.device_id = "dev", .record = IncomingRecord{.name = {7, 1}, .checksum = 99}}}, 9);
  ASSERT_TRUE(outcomes.ok()) << outcomes.status();
  EXPECT_EQ(outcomes->front(), Outcome::kDuplicate);
  EXPECT_TRUE((*store)->OpenSession({.device = {.device_id = "dev"}, .runs = {{.run = 8}}}).ok());
}

TEST_P(OldStore, HasTheTablesOfANewStoreAfterwards) {
  ASSERT_TRUE(MakeOldStore(file_, GetParam()).ok());
  ASSERT_TRUE(SqliteStore::Open(file_, random_).ok());
  const auto database = *Database::Open(file_, Database::Mode::kQueryOnly);
  EXPECT_EQ(*FindShapeProblems(*database), std::vector<std::string>());
  EXPECT_TRUE(CheckVersion(*database).ok());
}

TEST_P(OldStore, CountsTheBytesOfItsOldRecordsInTheBackground) {
  ASSERT_TRUE(MakeOldStore(file_, GetParam()).ok());
  const auto store = *SqliteStore::Open(file_, random_);
  EXPECT_EQ(Number("SELECT record_bytes FROM device"), 0);
  while (*store->FillIn()) continue;
  const int64_t bytes = Number("SELECT " GODWIT_RECORD_BYTES " FROM record");
  EXPECT_GT(bytes, 0);
  EXPECT_EQ(Number("SELECT record_bytes FROM device"), bytes);
}

TEST_P(OldStore, GivesCommitNumbersToWhatComesNow) {
  ASSERT_TRUE(MakeOldStore(file_, GetParam()).ok());
  const auto store = *SqliteStore::Open(file_, random_);
  const auto reader = *SqliteReader::Open(file_);
  EXPECT_EQ(*reader->LastCommitted(), 0u);
  EXPECT_FALSE((*reader->NextCommitted(1, 0)).has_value());
  const IncomingRecord record{.name = {7, 2}, .clock = {.boot_id = BootId(kBootIdSize, 'b')}};
  ASSERT_EQ(store->Commit({{.device_id = "dev", .record = record}}, 9)->front(),
            Outcome::kCommitted);
  const auto next = *reader->NextCommitted(1, 0);
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->commit_number, 1u);
  EXPECT_EQ(next->record.cursor.seq, 2u);
}

TEST_P(OldStore, KeepsWhatItsDeviceHasSaidOfItself) {
  ASSERT_TRUE(MakeOldStore(file_, GetParam()).ok());
  // A setting, and a sensor's name, state and error in front of its seven numbers.
  const std::string sensors = Cat("'03637075", "04676f6f64", "00", std::string(7 * 16, '0'), "'");
  Execute(
      Cat("INSERT INTO report (device, reported_unix_ns, spool_bytes, spool_bytes_max,"
          " spool_bytes_per_day, waiting_records, disk, copies_aside, settings, sensors)"
          " VALUES (1, 5, 10, 20, 30, 40, 'worn', 2, x'016e01760166', x",
          sensors, ")"));
  ASSERT_TRUE(SqliteStore::Open(file_, random_).ok());
  const auto reader = *SqliteReader::Open(file_);
  const DeviceRow row = *reader->Device(1);
  EXPECT_EQ(row.reported_unix_ns, 5);
  ASSERT_TRUE(row.report.has_value());
  EXPECT_EQ(row.report->spool_bytes, 10u);
  EXPECT_EQ(row.report->spool_bytes_max, 20u);
  EXPECT_EQ(row.report->spool_bytes_per_day, 30u);
  EXPECT_EQ(row.report->waiting_records, 40u);
  EXPECT_EQ(row.report->disk, "worn");
  EXPECT_EQ(row.report->quarantined_copies, 2u);
  ASSERT_EQ(row.report->settings.size(), 1u);
  EXPECT_EQ(row.report->settings[0].value, "v");
  ASSERT_EQ(row.report->sensors->size(), 1u);
  EXPECT_EQ(row.report->sensors->front().state, "good");
}

TEST_P(OldStore, OfADeviceThatHasSaidNothingItSaysNothing) {
  ASSERT_TRUE(MakeOldStore(file_, GetParam()).ok());
  ASSERT_TRUE(SqliteStore::Open(file_, random_).ok());
  EXPECT_FALSE((*SqliteReader::Open(file_))->Device(1)->report.has_value());
}

TEST_P(OldStore, KeepsItsLatestValues) {
  ASSERT_TRUE(MakeOldStore(file_, GetParam()).ok());
  Execute(Cat("INSERT INTO head VALUES (1, x'", Hex(TableId(kTableIdSize, 't')), "', 1, 1, 1)"));
  ASSERT_TRUE(SqliteStore::Open(file_, random_).ok());
  const auto heads = *(*SqliteReader::Open(file_))->Heads(1);
  ASSERT_EQ(heads.size(), 1u);
  EXPECT_EQ(heads[0].batch, OldBatch());
}

INSTANTIATE_TEST_SUITE_P(Versions, OldStore, testing::Values(6, 7));

TEST_F(OldStore, EveryVersionFromTheOldestHasItsMigration) {
  int64_t version = kSchemaVersionOldest;
  for (const Migration& migration : Migrations()) EXPECT_EQ(migration.version, ++version);
  EXPECT_EQ(version, kSchemaVersion);
}

TEST_F(OldStore, OffersHoldTheirTextsAndTheirPlacesAfterwards) {
  ASSERT_TRUE(MakeOldStore(file_, 7).ok());
  const std::string known = Hex(RevisionId(kRevisionIdSize, 'r'));
  const std::string gone = Hex(RevisionId(kRevisionIdSize, 's'));
  const auto offer = [](int key, char id, const std::string& revision) {
    return Cat("INSERT INTO offer (key, offer_id, device, revision, issuer, message,",
               " issued_unix_ns) VALUES (", key, ", x'", Hex(std::string(16, id)), "', 1, x'",
               revision, "', 'anna', 'why', 5);");
  };
  Execute(Cat("INSERT INTO revision VALUES (x'", known, "', 'text');", offer(1, 'a', known),
              offer(2, 'b', gone), offer(3, 'c', ""), offer(9, 'd', known),
              "DELETE FROM offer WHERE key = 9"));
  auto store = SqliteStore::Open(file_, random_);
  ASSERT_TRUE(store.ok()) << store.status();
  const auto reader = *SqliteReader::Open(file_);
  const auto offers = *reader->Offers(1, 10);
  ASSERT_EQ(offers.size(), 2u);  // without the one whose text nobody has
  EXPECT_EQ(offers[0].offer.revision, "");
  EXPECT_EQ(offers[1].offer.revision, RevisionId(kRevisionIdSize, 'r'));
  {
    const auto database = *Database::Open(file_, Database::Mode::kReadWrite);
    EXPECT_FALSE(database->Execute("DELETE FROM revision").ok());
  }
  // A key that once was another's is never used again.
  ASSERT_TRUE((*store)->Push({{.id = std::string(16, 'e'), .device_id = "dev"}}, 9).ok());
  EXPECT_EQ(Number("SELECT max(key) FROM offer"), 10);
}

TEST_F(OldStore, OfANewerVersionIsRefusedByName) {
  ASSERT_TRUE(SqliteStore::Open(file_, random_).ok());
  Execute(Cat("PRAGMA user_version=", kSchemaVersion + 1));
  const Status refused = Refused();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_NE(Message(refused).find("a newer collector wrote it (store version 9, this one"
                                  " writes 8)"),
            std::string::npos)
      << refused;
}

TEST_F(OldStore, FromBeforeTheFirstReleaseIsRefusedByNameAndLeftAsItIs) {
  ASSERT_TRUE(MakeOldStore(file_, 6).ok());
  Execute(Cat("PRAGMA user_version=", kSchemaMark + 5));
  const Status refused = Refused();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_NE(Message(refused).find("(store version 5, this one reads 6 and later): open it once with"
                                  " godwit-collector 0.1"),
            std::string::npos)
      << refused;
  EXPECT_EQ(Number("PRAGMA user_version"), kSchemaMark + 5);
  EXPECT_EQ(Number("SELECT count(*) FROM record"), 1);
}

}  // namespace
}  // namespace godwit::collector
