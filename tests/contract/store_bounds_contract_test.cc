// How much one device may add to a store, over SQLite and the simulated twin: it is slowed, and
// loses nothing.
#include <gtest/gtest.h>

#include "base/text.h"
#include "codec/table.h"
#include "collector/limits.h"
#include "tests/contract/store_worlds.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kHour = 3600 * kSecond;

IncomingTable TableOf(const std::vector<std::string>& names) {
  Table table;
  for (const std::string& name : names) table.series.push_back({.name = name});
  return {.id = TableIdOf(table),
          .encoded = EncodeTable(table),
          .series = static_cast<uint32_t>(names.size())};
}

template <typename World>
class StoreBoundsContract : public testing::Test {
 protected:
  StoreBoundsContract() {
    for (const char* device : {"dev", "other"}) Open(device, 'b');
  }
  Store& store() { return world_.store(); }
  SessionAnswer Open(const std::string& device, char boot, std::vector<HeldRun> runs = {}) {
    const SessionOpening opening{
        .device = {.device_id = device, .boot_id = BootId(kBootIdSize, boot)},
        .runs = std::move(runs),
        .now_unix_ns = now_};
    const auto answer = store().OpenSession(opening);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : SessionAnswer{};
  }
  // The next record of the device, with these tables.
  Outcome Bring(const std::vector<IncomingTable>& tables, const DeviceQuotas& quotas = {},
                const std::string& device = "dev") {
    Delivery delivery{.device_id = device, .tables = tables, .quotas = quotas};
    delivery.record = IncomingRecord{.name = {7, ++seq_},
                                     .checksum = seq_,
                                     .batch = "some bytes of a batch",
                                     .clock = {.boot_id = BootId(kBootIdSize, 'b')},
                                     .samples = 1};
    const auto outcomes = store().Commit({delivery}, now_);
    EXPECT_TRUE(outcomes.ok()) << outcomes.status();
    const Outcome outcome = outcomes.ok() ? outcomes->front() : Outcome::kConflict;
    if (outcome != Outcome::kCommitted) --seq_;
    return outcome;
  }
  // So many tables that nobody has brought.
  std::vector<IncomingTable> News(size_t count) {
    std::vector<IncomingTable> tables;
    for (size_t i = 0; i < count; ++i) tables.push_back(TableOf({Cat("series.", ++names_)}));
    return tables;
  }
  uint64_t Raised(const std::string& kind, const std::string& device = "dev") {
    const auto devices = world_.reader().Devices();
    for (const DeviceRow& row : *devices) {
      if (row.facts.device_id != device) continue;
      for (const AlertRow& alert : row.alerts) {
        if (alert.kind == kind) return alert.count;
      }
    }
    return 0;
  }
  size_t Tables() {
    return world_.reader().Tables(world_.reader().Identity("dev")->name.key)->size();
  }

  World world_;
  int64_t now_ = 1000 * kHour;
  Seq seq_ = 0;
  size_t names_ = 0;
};
TYPED_TEST_SUITE(StoreBoundsContract, StoreWorlds);

TYPED_TEST(StoreBoundsContract, ADeviceWithTooManyNewTablesIsSlowedToOneRecordInTenSeconds) {
  EXPECT_EQ(this->Bring(this->News(200)), Outcome::kCommitted);
  EXPECT_EQ(this->Bring(this->News(56)), Outcome::kCommitted);
  EXPECT_EQ(this->Raised("too many tables"), 0u);
  EXPECT_EQ(this->Bring(this->News(1)), Outcome::kCommitted);
  EXPECT_EQ(this->Bring(this->News(1)), Outcome::kTooManyTables);
  EXPECT_EQ(this->Raised("too many tables"), 1u);
  EXPECT_EQ(this->Tables(), 257u);
  // As after a restart of the collector.
  this->world_.Reopen();
  this->now_ += 9 * kSecond;
  EXPECT_EQ(this->Bring(this->News(1)), Outcome::kTooManyTables);
  this->now_ += kSecond;
  EXPECT_EQ(this->Bring(this->News(100)), Outcome::kCommitted);
  EXPECT_EQ(this->Bring(this->News(1)), Outcome::kTooManyTables);
  this->now_ += kHour;
  EXPECT_EQ(this->Bring(this->News(256)), Outcome::kCommitted);
  EXPECT_EQ(this->Raised("too many tables"), 1u);
}

TYPED_TEST(StoreBoundsContract, TablesThatItBroughtBeforeAndOtherDevicesAreNotSlowed) {
  const auto known = this->News(256);
  ASSERT_EQ(this->Bring(known), Outcome::kCommitted);
  ASSERT_EQ(this->Bring(this->News(1)), Outcome::kCommitted);
  ASSERT_EQ(this->Bring(this->News(1)), Outcome::kTooManyTables);
  EXPECT_EQ(this->Bring(known), Outcome::kCommitted);
  EXPECT_EQ(this->Bring({}), Outcome::kCommitted);
  EXPECT_EQ(this->Bring(this->News(256), {}, "other"), Outcome::kCommitted);
  EXPECT_EQ(this->Raised("too many tables", "other"), 0u);
}

TYPED_TEST(StoreBoundsContract, ADeviceWithTooManyBootsIsSlowedInItsSessions) {
  std::vector<StoreOperation> operations;
  for (uint64_t i = 1; i < kNewBootsMax; ++i) {
    operations.push_back([&, i](Store& store) {
      std::string boot = Cat("boot ", i);
      boot.resize(kBootIdSize);
      return store
          .OpenSession({.device = {.device_id = "dev", .boot_id = boot}, .now_unix_ns = this->now_})
          .status();
    });
  }
  ASSERT_TRUE(this->store().Write(operations).ok());
  EXPECT_FALSE(this->Open("dev", 'x').postponed);
  const auto refused = this->Open("dev", 'y').postponed;
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->bound, DeviceBound::kBoots);
  EXPECT_EQ(refused->wait, kNewBootsPause);
  EXPECT_EQ(this->Raised("too many boots"), 1u);
  EXPECT_FALSE(this->Open("dev", 'x').postponed);
  EXPECT_FALSE(this->Open("other", 'z').postponed);
  this->now_ += 10 * kSecond;
  EXPECT_FALSE(this->Open("dev", 'y').postponed);
}

TYPED_TEST(StoreBoundsContract, ADeviceOverItsBytesKeepsItsRecordsUntilRetentionMakesRoom) {
  const DeviceQuotas quotas{.bytes = 1};
  EXPECT_EQ(this->Bring({}, quotas), Outcome::kCommitted);
  EXPECT_EQ(this->Bring({}, quotas), Outcome::kOverBytes);
  EXPECT_EQ(this->Bring({}, quotas), Outcome::kOverBytes);
  EXPECT_EQ(this->Raised("over device_bytes"), 1u);
  EXPECT_EQ(this->Bring({}, quotas, "other"), Outcome::kCommitted);
  ASSERT_EQ(*this->store().Prune({.age = absl::Nanoseconds(1)}, 100, this->now_ + kHour), 2u);
  EXPECT_EQ(this->Bring({}, quotas), Outcome::kCommitted);
  // Without a quota nothing is refused.
  EXPECT_EQ(this->Bring({}), Outcome::kCommitted);
}

TYPED_TEST(StoreBoundsContract, ADeviceOverItsSeriesGoesOnWithThoseItHas) {
  const DeviceQuotas quotas{.series = 3};
  // Those from before there was a quota count.
  EXPECT_EQ(this->Bring({TableOf({"a", "b"})}), Outcome::kCommitted);
  EXPECT_EQ(this->Bring({TableOf({"a", "c"})}, quotas), Outcome::kCommitted);
  EXPECT_EQ(this->Bring({TableOf({"a", "d"})}, quotas), Outcome::kOverSeries);
  EXPECT_EQ(this->Raised("over device_series"), 1u);
  EXPECT_EQ(this->Bring({TableOf({"b", "c"})}, quotas), Outcome::kCommitted);
  EXPECT_EQ(this->Bring({}, quotas), Outcome::kCommitted);
  EXPECT_EQ(this->Bring({TableOf({"a", "d"})}, {.series = 4}), Outcome::kCommitted);
  // What comes while there is no quota is counted by the next.
  EXPECT_EQ(this->Bring({TableOf({"e"})}), Outcome::kCommitted);
  EXPECT_EQ(this->Bring({TableOf({"f"})}, {.series = 5}), Outcome::kOverSeries);
  EXPECT_EQ(this->Bring({TableOf({"f"})}, {.series = 6}), Outcome::kCommitted);
}

TYPED_TEST(StoreBoundsContract, ARecordThatABoundRefusesUsesUpNoOther) {
  const DeviceQuotas quotas{.bytes = 1};
  ASSERT_EQ(this->Bring({}, quotas), Outcome::kCommitted);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(this->Bring(this->News(200), quotas), Outcome::kOverBytes);
  }
  EXPECT_EQ(this->Bring(this->News(256)), Outcome::kCommitted);
  EXPECT_EQ(this->Raised("too many tables"), 0u);
}

// The twin has no rows to count.
class SqliteBoundsTest : public StoreBoundsContract<SqliteWorld> {
 protected:
  // As if the device had brought so many by now.
  void Use(DeviceBound bound, uint64_t count) {
    const auto database = *Database::Open(world_.file(), Database::Mode::kReadWrite);
    const std::string sql =
        Cat("INSERT OR REPLACE INTO pace SELECT key, '", TraitsOf(bound).name, "', ", now_, ", ",
            count, ", 0, 0 FROM device WHERE device_id = 'dev'");
    ASSERT_TRUE(database->Execute(sql.c_str()).ok());
  }
  size_t Runs() { return world_.reader().Devices()->front().runs; }
};

TEST_F(SqliteBoundsTest, ADeviceWithTooManyNewRunsIsSlowedAndNothingOfItsRunsIsNoted) {
  Use(DeviceBound::kRuns, kNewRunsMax - 2);
  EXPECT_FALSE(Open("dev", 'b', {{.run = 1}, {.run = 2}}).postponed);
  EXPECT_FALSE(Open("dev", 'b', {{.run = 3, .follows_run = 2}}).postponed);
  const auto refused = Open("dev", 'b', {{.run = 3}, {.run = 4}}).postponed;
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->bound, DeviceBound::kRuns);
  EXPECT_EQ(Runs(), 3u);
  EXPECT_EQ(Raised("too many runs"), 1u);
  EXPECT_FALSE(Open("dev", 'b', {{.run = 1}, {.run = 2}, {.run = 3}}).postponed);
  now_ += 60 * kSecond;
  EXPECT_FALSE(Open("dev", 'b', {{.run = 3}, {.run = 4}}).postponed);
  EXPECT_EQ(Bring({}), Outcome::kTooManyRuns);
}

TEST_F(SqliteBoundsTest, WhatADeviceReportsOfItsRunsIsTakenBackWhenItIsTooMuch) {
  SeqSet every_other;
  for (Seq seq = 2; seq <= 1000; seq += 2) every_other.Add(seq);
  const std::vector<HeldRun> runs = {{.run = 1, .last_seq = 1000, .held = every_other}};
  Use(DeviceBound::kAccount, kAccountRowsMax);
  const auto refused = Open("dev", 'b', runs).postponed;
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->bound, DeviceBound::kAccount);
  EXPECT_EQ(Runs(), 0u);
  EXPECT_EQ(Raised("too much to account for"), 1u);
  now_ += 24 * kHour;
  EXPECT_FALSE(Open("dev", 'b', runs).postponed);
  EXPECT_EQ(world_.reader().Devices()->front().gap_records.at(kUnaccounted), 500u);
  // The same once more writes nothing, and counts for nothing.
  Use(DeviceBound::kAccount, kAccountRowsMax);
  EXPECT_FALSE(Open("dev", 'b', runs).postponed);
}

TEST_F(SqliteBoundsTest, CopiesThatAreTooManyAreNotSettled) {
  Use(DeviceBound::kAccount, kAccountRowsMax);
  const Delivery copies{.device_id = "dev", .quarantined = {{.run = 1, .seqs = {1, 1000}}}};
  EXPECT_EQ(store().Commit({copies}, now_)->front(), Outcome::kTooMuchToAccount);
  EXPECT_EQ(Runs(), 0u);
  EXPECT_EQ(Raised("rejected"), 0u);
}

}  // namespace
}  // namespace godwit::collector
