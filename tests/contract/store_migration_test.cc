// Stores that older versions made (tests/golden/store-*.sql) open, with all that is in them.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/store/schema.h"
#include "collector/store/sqlite_store.h"
#include "platform/linux/linux_random.h"
#include "tests/contract/temporary_folder.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::string Golden(const std::string& name) {
  std::ifstream file(std::string(GODWIT_SOURCE_DIR "/tests/golden/") + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Ticks at 10, 11 and 14 s of a clock that is 4 s ahead of the boot clock.
std::string SomeBatch(const TableId& table) {
  Block block{.table = table, .interval_ns = kSecond};
  block.columns.resize(1);
  for (const int64_t second : {10, 11, 14}) {
    block.ticks.push_back({second * kSecond, 0});
    block.columns[0].Append(second);
  }
  return *EncodeBatch({.boot_id = BootId(kBootIdSize, 'b'),
                       .wall_offset_ns = 4 * kSecond,
                       .wall_synchronised = true,
                       .blocks = {block}});
}

class OldStore : public testing::Test {
 protected:
  // One device with one record, of 10, 11 and 14 s.
  void Make(int version) {
    const int number = version - kSchemaVersionOldest;
    const auto database = *Database::Open(file_, Database::Mode::kReadWrite);
    ASSERT_TRUE(
        database
            ->Execute(Golden(number < 2 ? "store-1.sql" : Cat("store-", number, ".sql")).c_str())
            .ok());
    const TableId table(kTableIdSize, 't');
    const std::string boot = Hex(BootId(kBootIdSize, 'b'));
    const std::string batch = Hex(SomeBatch(table));
    std::string sql =
        Cat("INSERT INTO meta VALUES (x'", Hex(BootId(16, 's')), "');",
            "INSERT INTO device (key, device_id, name, boot_id, agent_version, wall_synchronised,",
            " last_seen_unix_ns, records, samples, duplicates) VALUES (1, 'dev', 'name', x'", boot,
            "', '1', 1, 5, 1, 3, 0);", "INSERT INTO series_table VALUES (x'", Hex(table),
            "', 1, x'00');");
    if (number < 2) {
      sql +=
          Cat("INSERT INTO run VALUES (1, 1, 7, 0, 1, 0);",
              "INSERT INTO record VALUES (1, 1, 1, 99, 10000000000, 14000000000, x'", batch, "');");
    } else {
      sql += Cat(
          "INSERT INTO run VALUES (1, 1, 7, 0, 1, 0, 4);", "INSERT INTO boot VALUES (1, 1, x'",
          boot, "', 4000000000, 0, NULL);", "INSERT INTO record (",
          number == 2 ? "" : "device, last_seq, waits_since_unix_ns, ",
          "key, run, seq, checksum, first_unix_ns, last_unix_ns, boot, wall_offset_ns,",
          " synchronised, shift_ns, age_unix_ns, batch) VALUES (",
          number == 2 ? "" : "1, 1, 14000000000, ",
          "1, 1, 1, 99, 10000000000, 14000000000, 1, 4000000000, 1, 0, 14000000000, x'", batch,
          "');", "INSERT INTO block (record, number, table_id, interval_ns, ticks, first_unix_ns,",
          " last_unix_ns, missing) VALUES (1, 0, x'", Hex(table),
          "', 1000000000, 3, 10000000000, 14000000000, 2);");
    }
    if (number > 2) {
      sql += "UPDATE block SET columns = 1; UPDATE device SET span_ns_max = 4000000000;";
    }
    sql += "INSERT INTO settled VALUES (1, 1, 1);";
    ASSERT_TRUE(database->Execute(sql.c_str()).ok());
    if (number == 0) {  // without the column that came with version 1
      ASSERT_TRUE(database->Execute("ALTER TABLE run DROP COLUMN unclean_end").ok());
    }
    ASSERT_TRUE(database->Execute(Cat("PRAGMA user_version=", version).c_str()).ok());
  }

  TemporaryFolder folder_;
  LinuxRandom random_;
  const std::string file_ = StoreFile(folder_.path());
};

TEST_F(OldStore, OfEachOlderVersionIsBroughtUpToDateWithAllThatIsInIt) {
  for (int version = kSchemaVersionOldest; version < kSchemaVersion; ++version) {
    std::filesystem::remove(file_);
    Make(version);
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
    EXPECT_EQ(by_time->batch, SomeBatch(TableId(kTableIdSize, 't')));
    // What is old waits to be merged; alone it will stay as it is.
    const auto source = *SqliteMergeSource::Open(file_);
    const auto step = *source->Next(20 * kSecond, 20 * kSecond);
    ASSERT_TRUE(step.has_value());
    EXPECT_EQ(step->what, MergeStep::What::kLeave);
    // And it goes on: the old record is a duplicate, a new session is taken.
    const auto outcomes = (*store)->Commit(
        {{.device_id = "dev", .record = IncomingRecord{.name = {7, 1}, .checksum = 99}}}, 9);
    ASSERT_TRUE(outcomes.ok()) << outcomes.status();
    EXPECT_EQ(outcomes->front(), Outcome::kDuplicate);
    EXPECT_TRUE((*store)->OpenSession({.device = {.device_id = "dev"}, .runs = {{.run = 8}}}).ok());
  }
}

TEST_F(OldStore, OffersHoldTheirTextsAndTheirPlacesAfterwards) {
  Make(kSchemaVersionOldest + 7);
  const std::string known = Hex(RevisionId(kRevisionIdSize, 'r'));
  const std::string gone = Hex(RevisionId(kRevisionIdSize, 's'));
  {
    const auto database = *Database::Open(file_, Database::Mode::kReadWrite);
    const auto offer = [](int key, char id, const std::string& revision) {
      return Cat("INSERT INTO offer (key, offer_id, device, revision, issuer, message,",
                 " issued_unix_ns) VALUES (", key, ", x'", Hex(std::string(16, id)), "', 1, x'",
                 revision, "', 'anna', 'why', 5);");
    };
    ASSERT_TRUE(database
                    ->Execute(Cat("INSERT INTO revision VALUES (x'", known, "', 'text');",
                                  offer(1, 'a', known), offer(2, 'b', gone), offer(3, 'c', ""),
                                  offer(9, 'd', known), "DELETE FROM offer WHERE key = 9")
                                  .c_str())
                    .ok());
  }
  auto store = SqliteStore::Open(file_, random_);
  ASSERT_TRUE(store.ok()) << store.status();
  const auto reader = *SqliteReader::Open(file_);
  const auto offers = *reader->Offers(1, 10);
  ASSERT_EQ(offers.size(), 2u);  // without the one whose text nobody has
  EXPECT_EQ(offers[0].offer.revision, "");
  EXPECT_EQ(offers[1].offer.revision, RevisionId(kRevisionIdSize, 'r'));
  const auto database = *Database::Open(file_, Database::Mode::kReadWrite);
  EXPECT_FALSE(database->Execute("DELETE FROM revision").ok());
  // A key that once was another's is never used again.
  ASSERT_TRUE((*store)->Push({{.id = std::string(16, 'e'), .device_id = "dev"}}, 9).ok());
  Statement key = database->Prepare("SELECT max(key) FROM offer");
  ASSERT_TRUE(*key.Step());
  EXPECT_EQ(key.Integer(0), 10);
}

TEST_F(OldStore, OfANewerVersionIsRefusedByName) {
  ASSERT_TRUE(SqliteStore::Open(file_, random_).ok());
  {
    const auto database = *Database::Open(file_, Database::Mode::kReadWrite);
    ASSERT_TRUE(database->Execute(Cat("PRAGMA user_version=", kSchemaVersion + 1).c_str()).ok());
  }
  const Status refused = SqliteStore::Open(file_, random_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_NE(Message(refused).find("a newer collector has written it (store version 9, this one"
                                  " writes 8)"),
            std::string::npos)
      << refused;
}

}  // namespace
}  // namespace godwit::collector
