// A store that is damaged or taken away under the collector's hands: it says so, serves what can
// be read, and takes nothing more. Nothing of it ends the process.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/checksum.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/store/row_place.h"
#include "collector/store/store_tools.h"
#include "tests/contract/stored_world.h"

namespace godwit::collector {
namespace {

namespace fs = std::filesystem;

// The key of the one device, also where the store cannot say it any more.
int64_t KnownDevice() {
  return KeysAtPlaceOf("id", kDeviceNumberBits).first + 1;
}

// Asks for everything a reader can say. Answers and errors are both fine; how many were errors.
int AskEverything(StoreReader& reader) {
  int errors = 0;
  const auto note = [&](const auto& answer) { errors += answer.ok() ? 0 : 1; };
  note(reader.Statistics());
  note(reader.DeviceNames());
  note(reader.Revision("ab"));
  note(reader.Command(std::string(16, 'c')));
  note(reader.Audit(StoreReader::kEveryDevice, 10));
  const auto devices = reader.Devices();
  note(devices);
  for (const int64_t device : {KnownDevice(), KnownDevice() + 1}) {
    note(reader.MissingTicks(device, {}));
    note(reader.LastCommitted());
    note(reader.NextCommitted(device, 0));
    note(reader.Spans(device, {}, 1000));
    note(reader.Commands(device, 10));
    note(reader.Configuration(device));
    note(reader.Offers(device, 10));
    note(reader.OperatorLabels(device));
    const auto heads = reader.Heads(device);
    note(heads);
    const auto tables = reader.Tables(device);
    note(tables);
    for (const TableId& table : tables.value_or(std::vector<TableId>())) note(reader.Table(table));
    const auto runs = reader.Runs(device);
    note(runs);
    for (const RunRow& run : runs.value_or(std::vector<RunRow>())) note(reader.Extent(run.key));
    RecordCursor cursor;
    for (int i = 0; i < 100; ++i) {
      const auto next = reader.Next(device, cursor, {});
      note(next);
      if (!next.ok() || !*next) break;
      cursor = (*next)->cursor;
      for (const StoredSlice& slice : (*next)->slices) note(reader.Slice(slice.key));
    }
    note(reader.NextByTime(device, {}, {}));
  }
  return errors;
}

// Everything that a store can be asked to write; how much of it was taken.
int WriteEverything(SqliteStore& store) {
  int taken = 0;
  const auto note = [&](const auto& answer) { taken += answer.ok() ? 1 : 0; };
  const int64_t now = 2'000'000'000'000'000'000;
  note(store.OpenSession({.device = {.device_id = "id", .boot_id = BootId(kBootIdSize, 'b')},
                          .runs = {{.run = 77, .last_seq = 3, .follows_run = 1}},
                          .report = DeviceReport{},
                          .now_unix_ns = now}));
  const BootId boot(kBootIdSize, 'b');
  const std::string batch = *EncodeBatch({.boot_id = boot, .wall_synchronised = true});
  note(store.Commit({{.device_id = "id",
                      .record = IncomingRecord{.name = {77, 1},
                                               .checksum = Checksum(batch),
                                               .batch = batch,
                                               .clock = {boot, 0, true}}}},
                    now));
  note(store.Issue({.id = std::string(16, 'x'), .device_id = "id", .expires_unix_ns = now + 1},
                   now));
  note(store.Report({.id = std::string(16, 'x'), .device_id = "id"}, now));
  note(store.Push({{.id = std::string(16, 'o'),
                    .device_id = "id",
                    .revision = std::string(16, 'r'),
                    .text = "text"}},
                  now));
  note(store.OfferFor("id", std::string(16, 'r')));
  note(store.ReportRevision({.device_id = "id", .offer_id = std::string(16, 'o')}, now));
  note(store.SetLabels({.device_id = "id", .set = {{"a", "b"}}}, now));
  return taken;
}
constexpr int kWrites = 8;

class StoreDamage : public testing::Test {
 protected:
  // As after a restart of the collector, with the damage in the file.
  void Open() {
    reader_.reset();
    store_.reset();
    auto store = SqliteStore::Open(file_, random_);
    opened_ = store.status();
    if (!store.ok()) return;
    store_ = *std::move(store);
    auto reader = SqliteReader::Open(file_, store_->health());
    if (reader.ok()) reader_ = *std::move(reader);
  }
  // A sound store with two devices, the second of which has nothing.
  void Make() {
    reader_.reset();
    store_.reset();
    fs::remove(file_);
    fs::copy_file(SoundFile(), file_);
  }
  static const std::string& SoundFile() {
    static const std::string file = [] {
      static TemporaryFolder folder;
      StoredWorld world(2);
      world.Fill();
      world.MergeAll();
      EXPECT_EQ(WriteEverything(world.store()), kWrites);
      EXPECT_TRUE(BackUpStore(world.file(), StoreFile(folder.path())).ok());
      return StoreFile(folder.path());
    }();
    return file;
  }
  void Execute(const std::string& sql) {
    const auto database = *Database::Open(file_, Database::Mode::kReadWrite);
    const Status done = database->Execute(sql.c_str());
    ASSERT_TRUE(done.ok()) << sql << ": " << done;
  }
  std::vector<std::string> Texts(const char* sql) {
    const auto database = *Database::Open(file_, Database::Mode::kReadWrite);
    std::vector<std::string> texts;
    Statement rows = database->Prepare(sql);
    while (*rows.Step()) texts.push_back(rows.Bytes(0));
    return texts;
  }
  std::string Problem() const { return store_->health()->problem(); }

  TemporaryFolder folder_;
  const std::string file_ = StoreFile(folder_.path());
  LinuxRandom random_;
  Status opened_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<SqliteReader> reader_;
};

TEST_F(StoreDamage, AStoreWithoutOneOfItsTablesIsServedAndTakesNothing) {
  Make();
  const auto tables = Texts(
      "SELECT name FROM sqlite_schema WHERE type = 'table'"
      " AND name NOT LIKE 'sqlite%'");
  ASSERT_GT(tables.size(), 15u);
  for (const std::string& table : tables) {
    Make();
    Execute(Cat("PRAGMA foreign_keys=OFF; DROP TABLE ", table));
    const auto verdict = VerifyStore(file_);
    ASSERT_TRUE(verdict.ok()) << table << ": " << verdict.status();
    ASSERT_FALSE(verdict->problems.empty()) << table;
    const bool named = std::any_of(
        verdict->problems.begin(), verdict->problems.end(),
        [&](const std::string& problem) { return problem == Cat("table ", table, " is missing"); });
    EXPECT_TRUE(named) << table;
    Open();
    if (store_ == nullptr) {  // without its own id it is nobody's store
      EXPECT_EQ(table, "meta");
      EXPECT_TRUE(absl::IsDataLoss(opened_)) << opened_;
      continue;
    }
    EXPECT_NE(Problem(), "") << table;
    EXPECT_EQ(WriteEverything(*store_), 0) << table;
    ASSERT_NE(reader_, nullptr);
    AskEverything(*reader_);
    EXPECT_EQ(*store_->Prune({.age = absl::Seconds(1)}, 100, 2'000'000'000'000'000'000), 0u);
  }
}

TEST_F(StoreDamage, AMissingColumnOrIndexIsNamed) {
  for (const auto& [sql, problem] : std::vector<std::pair<std::string, std::string>>{
           {"ALTER TABLE report DROP COLUMN settings",
            "column report.settings BLOB NOT NULL is missing"},
           {"DROP INDEX record_by_age", "index of record (age_unix_ns) is missing"},
           {"CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM gap; END",
            "trigger t does not belong to the store"}}) {
    Make();
    Execute(sql);
    const auto verdict = VerifyStore(file_);
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_EQ(verdict->problems.at(0), problem);
    Open();
    EXPECT_NE(Problem().find(problem), std::string::npos) << Problem();
    EXPECT_EQ(WriteEverything(*store_), 0) << sql;
  }
}

TEST_F(StoreDamage, ATableThatIsDroppedWhileTheCollectorRunsEndsWritingAndNotTheCollector) {
  Make();
  Open();
  ASSERT_EQ(Problem(), "");
  Execute("PRAGMA foreign_keys=OFF; DROP TABLE record");
  EXPECT_GT(AskEverything(*reader_), 0);
  EXPECT_NE(Problem().find("no such table: record"), std::string::npos) << Problem();
  EXPECT_EQ(WriteEverything(*store_), 0);
}

// Of each of the three files: moved, deleted, or replaced by another one.
TEST_F(StoreDamage, AFileThatIsTakenAwayEndsWritingUntilItIsBack) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    for (const bool replaced : {false, true}) {
      Make();
      Open();
      ASSERT_TRUE(store_->SetLabels({.device_id = "id", .set = {{"a", "b"}}}, 5).ok());
      const std::string file = file_ + suffix;
      fs::rename(file, file + ".away");
      if (replaced) std::ofstream(file) << "something else";
      const auto refused = store_->SetLabels({.device_id = "id", .set = {{"a", "c"}}}, 6);
      EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
      EXPECT_NE(Problem().find(file + " was moved"), std::string::npos) << Problem();
      EXPECT_EQ(WriteEverything(*store_), 0);
      EXPECT_EQ(reader_->OperatorLabels(KnownDevice())->at("a"),
                "b");  // what was read before still is
      fs::rename(file + ".away", file);
      EXPECT_TRUE(store_->SetLabels({.device_id = "id", .set = {{"a", "d"}}}, 7).ok());
      EXPECT_EQ(Problem(), "");
    }
  }
}

TEST_F(StoreDamage, ATakenFileIsNoticedByTheMinutesCheckWhileNobodyWrites) {
  Make();
  Open();
  fs::remove(file_ + "-wal");
  EXPECT_EQ(Problem(), "");
  EXPECT_EQ(*store_->Prune({}, 1, 5), 0u);
  EXPECT_NE(Problem().find("-wal was moved"), std::string::npos) << Problem();
}

// The log is gone, the file is there: the last connection moves what it still has into the file.
TEST_F(StoreDamage, WhatWasCommittedBeforeTheLogWasDeletedIsThereAfterARestart) {
  Make();
  Open();
  ASSERT_TRUE(store_->SetLabels({.device_id = "id", .set = {{"kept", "yes"}}}, 5).ok());
  fs::remove(file_ + "-wal");
  AskEverything(*reader_);
  EXPECT_FALSE(store_->SetLabels({.device_id = "id", .set = {{"kept", "no"}}}, 6).ok());
  Open();
  ASSERT_TRUE(opened_.ok()) << opened_;
  EXPECT_EQ(reader_->OperatorLabels(KnownDevice())->at("kept"), "yes");
  EXPECT_EQ(VerifyStore(file_)->problems_found, 0u);
}

TEST_F(StoreDamage, AnotherProgramsFileIsRefusedByName) {
  std::ofstream(file_) << std::string(8192, 'x');
  Open();
  EXPECT_TRUE(absl::IsDataLoss(opened_)) << opened_;
  EXPECT_FALSE(VerifyStore(file_).ok());
}

// Merging would put new bytes in their place, with a checksum that says nothing of the old ones.
TEST_F(StoreDamage, ARecordWhoseBytesHaveChangedIsNotMerged) {
  StoredWorld world(2);
  world.Fill(false);
  {
    const auto database = *Database::Open(world.file(), Database::Mode::kReadWrite);
    ASSERT_TRUE(database
                    ->Execute("UPDATE record SET batch = coalesce((SELECT batch FROM record AS next"
                              " WHERE next.key = record.key + 1), batch)")
                    .ok());
  }
  EXPECT_EQ(world.MergeAll(), 0u);
  const auto verdict = *VerifyStore(world.file());
  EXPECT_EQ(verdict.problems_found, world.checksums().size() - 1);
  for (const std::string& problem : verdict.problems) {
    EXPECT_NE(problem.find("its bytes have changed"), std::string::npos) << problem;
  }
}

// A missing id, and a missing row.
TEST_F(StoreDamage, RecordsOfADamagedBootStayAsTheyAreAndOthersAreMerged) {
  for (const char* damage : {"UPDATE boot SET boot_id = x'00' WHERE key = (SELECT boot FROM record "
                             "ORDER BY seq LIMIT 1)",
                             "PRAGMA foreign_keys=OFF; DELETE FROM boot WHERE key ="
                             " (SELECT boot FROM record ORDER BY seq LIMIT 1)"}) {
    StoredWorld world(2);
    world.Fill(false);
    {
      const auto database = *Database::Open(world.file(), Database::Mode::kReadWrite);
      const Status done = database->Execute(damage);
      ASSERT_TRUE(done.ok()) << done;
    }
    EXPECT_GT(world.MergeAll(), 0u) << damage;
  }
}

// Each page, in turn, of zeros, of noise, and with one bit flipped.
TEST_F(StoreDamage, ADamagedPageEndsNothing) {
  std::mt19937_64 noise(3);
  constexpr size_t kPage = 4096;
  const size_t pages = fs::file_size(SoundFile()) / kPage;
  ASSERT_GT(pages, 20u);
  int refused = 0;
  for (size_t page = 0; page < pages; ++page) {
    for (int kind = 0; kind < 3; ++kind) {
      Make();
      std::string bytes(kPage, '\0');
      std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(static_cast<std::streamoff>(page * kPage));
      file.read(bytes.data(), kPage);
      if (kind == 0) std::fill(bytes.begin(), bytes.end(), '\0');
      if (kind == 1) {
        for (char& byte : bytes) byte = static_cast<char>(noise());
      }
      if (kind == 2) bytes[noise() % kPage] ^= static_cast<char>(1 << noise() % 8);
      file.seekp(static_cast<std::streamoff>(page * kPage));
      file.write(bytes.data(), kPage);
      file.close();
      Open();
      if (store_ == nullptr) continue;
      if (reader_ != nullptr) AskEverything(*reader_);
      refused += WriteEverything(*store_) == 0 && Problem() != "" ? 1 : 0;
      static_cast<void>(VerifyStore(file_));
    }
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace godwit::collector
