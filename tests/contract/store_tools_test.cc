// What is said of a store that is not as it should be; and copies of one that is.
#include "collector/store/store_tools.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/contract/stored_world.h"

namespace godwit::collector {
namespace {

std::string Problems(const std::string& file) {
  const auto verdict = VerifyStore(file);
  EXPECT_TRUE(verdict.ok()) << verdict.status();
  std::string text;
  for (const std::string& problem : verdict->problems) text += problem + "\n";
  return text;
}

class StoreToolsTest : public testing::Test {
 protected:
  StoreToolsTest() {
    world_.Fill();
    world_.MergeAll();
  }
  void Break(const std::string& sql) {
    const auto database = *Database::Open(world_.file(), Database::Mode::kReadWrite);
    ASSERT_TRUE(database->Execute(("PRAGMA foreign_keys=OFF;" + sql).c_str()).ok()) << sql;
  }
  StoredWorld world_{2};
};

TEST_F(StoreToolsTest, ASoundStoreHasNoProblems) {
  const auto verdict = *VerifyStore(world_.file());
  EXPECT_EQ(verdict.problems_found, 0u) << Problems(world_.file());
  EXPECT_EQ(verdict.records, world_.checksums().size());
  EXPECT_EQ(verdict.samples, world_.truth().size());
  EXPECT_GT(verdict.merged, 0u);
}

TEST_F(StoreToolsTest, EveryKindOfDamageIsFound) {
  const std::pair<const char*, const char*> damages[] = {
      {"UPDATE slice SET batch = x'00' WHERE key = (SELECT min(key) FROM slice)", "record "},
      {"DELETE FROM slice WHERE key = (SELECT max(key) FROM slice)", "record "},
      {"UPDATE record SET checksum = checksum + 1 WHERE checksums IS NULL", "have changed"},
      {"UPDATE record SET checksums = x'0000' WHERE checksums IS NOT NULL",
       "not have a checksum for each"},
      {"UPDATE block SET ticks = ticks + 1", "does not match the index"},
      {"DELETE FROM settled", "a stored record is not settled"},
      {"UPDATE record SET last_seq = last_seq + 1 WHERE checksums IS NOT NULL",
       "two rows hold one record"},
      {"INSERT INTO gap SELECT run, seq, seq, 'x', 0 FROM record LIMIT 1",
       "a gap names a stored record"},
      {"INSERT INTO rejected SELECT run, seq, 0 FROM record LIMIT 1",
       "a stored record counts as rejected"},
      {"INSERT INTO slice VALUES (1, x'00')", "a slice belongs to no record"},
      {"UPDATE block SET record = -1 WHERE record = (SELECT max(record) FROM block)",
       "a block belongs to no record"},
      {"UPDATE committed SET number = number + 1000000",
       "a commit number does not belong to its record"},
      {"DELETE FROM committed", "a record is missing in the order of commits"},
      {"DELETE FROM series_table", "a block's table is not known"},
      {"UPDATE head SET seq = 0, run_order = 0", "a head does not match its record"},
      {"UPDATE head SET record = -1", "the record of a head is merged or missing"},
      {"UPDATE device SET span_ns_max = 0", "longer than the longest known of its device"},
      {"UPDATE record SET device = 99", "its run belong to different devices"}};
  for (const auto& [sql, words] : damages) {
    StoredWorld world(2);
    world.Fill();
    world.MergeAll();
    {
      const auto database = *Database::Open(world.file(), Database::Mode::kReadWrite);
      ASSERT_TRUE(database->Execute(Cat("PRAGMA foreign_keys=OFF;", sql).c_str()).ok()) << sql;
    }
    EXPECT_NE(Problems(world.file()).find(words), std::string::npos) << sql << "\n"
                                                                     << Problems(world.file());
  }
}

TEST_F(StoreToolsTest, ACopyHasAllThatTheStoreHasAndReplacesNothing) {
  TemporaryFolder folder;
  const std::string copy = StoreFile(folder.path());
  ASSERT_TRUE(BackUpStore(world_.file(), copy).ok());
  EXPECT_EQ(Problems(copy), "");
  EXPECT_EQ(VerifyStore(copy)->samples, world_.truth().size());
  EXPECT_FALSE(BackUpStore(world_.file(), copy).ok());
}

TEST_F(StoreToolsTest, WhatMayNotGoOnEndsWithTheReason) {
  const Status why = Error(StatusCode::kResourceExhausted, "the log grows");
  EXPECT_EQ(VerifyStore(world_.file(), [&] { return why; }).status(), why);
  TemporaryFolder folder;
  const std::string copy = StoreFile(folder.path());
  EXPECT_EQ(BackUpStore(world_.file(), copy, [&] { return why; }), why);
  int asked = 0;
  const auto go_on = [&] {
    ++asked;
    return absl::OkStatus();
  };
  EXPECT_EQ(VerifyStore(world_.file(), go_on)->problems_found, 0u);
  EXPECT_GT(asked, 0);
}

TEST_F(StoreToolsTest, AnotherFileIsNoStore) {
  TemporaryFolder folder;
  EXPECT_FALSE(VerifyStore(folder.path() + "/none").ok());
  Break("PRAGMA user_version=1");
  EXPECT_TRUE(absl::IsFailedPrecondition(VerifyStore(world_.file()).status()));
}

}  // namespace
}  // namespace godwit::collector
