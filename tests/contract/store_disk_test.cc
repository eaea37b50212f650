// Every operation by which a store reads and writes its disk fails, is cut short, or is the last
// one. Then the store is opened again: nothing acknowledged is missing, nothing occurs twice.
#include "tests/sim/store_disk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/contract/store_workload.h"

namespace godwit::collector {
namespace {

using sim::StoreDisk;
using Fault = StoreDisk::Fault;
using Loss = StoreDisk::Loss;

constexpr char kFile[] = "/store/godwit.db";

// GODWIT_LONG sees every operation, otherwise each ending strikes at every eleventh, another one
// for each ending; sanitizers take ten times as long.
uint64_t Stride() {
  if (std::getenv("GODWIT_LONG") != nullptr) return 1;
#if defined(__SANITIZE_ADDRESS__)
  return 110;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  return 110;
#else
  return 11;
#endif
#else
  return 11;
#endif
}

// A disk with a new, empty store.
const std::string& EmptyStore() {
  static const std::string bytes = [] {
    StoreDisk disk;
    LinuxRandom random;
    EXPECT_TRUE(SqliteStore::Open(kFile, random).ok());
    return disk.Read(kFile);
  }();
  return bytes;
}

struct Ending {
  const char* name;
  Fault fault;
  Loss loss;
};
constexpr Ending kEndings[] = {
    {"one fails", Fault::kFailsOnce, Loss::kNothing},
    {"all fail", Fault::kFails, Loss::kNothing},
    {"one is cut short", Fault::kCutShort, Loss::kNothing},
    {"the process is killed", Fault::kIsTheLast, Loss::kNothing},
    {"the power is cut, and what was not synced is lost", Fault::kIsTheLast, Loss::kUnsynced},
    {"the power is cut, and some of it is lost", Fault::kIsTheLast, Loss::kSome},
};

class FailingStoreDisk : public testing::TestWithParam<Ending> {};

uint64_t OperationsOfAWorkload() {
  const std::string empty = EmptyStore();
  StoreDisk disk;
  disk.Write(kFile, empty);
  StoreWorkload workload(kFile);
  workload.Run();
  return disk.operations();
}

void Strike(uint64_t operation, const Ending& ending) {
  StoreDisk disk(operation);
  disk.Write(kFile, EmptyStore());
  StoreWorkload workload(kFile);
  disk.StrikeAt(operation, ending.fault);
  workload.Run();
  EXPECT_TRUE(disk.has_struck()) << operation;
  disk.Restart(ending.loss);
  const auto problems = workload.FindProblems();
  EXPECT_TRUE(problems.empty()) << "operation " << operation << ": " << problems.front();
}

TEST_P(FailingStoreDisk, WhateverOperationFailsNothingAcknowledgedIsMissingOrThereTwice) {
  const uint64_t operations = OperationsOfAWorkload();
  ASSERT_GT(operations, 300u);
  const Ending& ending = GetParam();
  const uint64_t first =
      (static_cast<uint64_t>(ending.fault) * 2 + static_cast<uint64_t>(ending.loss)) % Stride();
  for (uint64_t at = 1 + first; at <= operations && !HasFailure(); at += Stride()) {
    Strike(at, ending);
  }
}

std::string NameOf(const testing::TestParamInfo<Ending>& ending) {
  std::string name = ending.param.name;
  std::erase(name, ',');
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Endings, FailingStoreDisk, testing::ValuesIn(kEndings), NameOf);

TEST(StoreDiskTest, AWorkloadOnASoundDiskIsAcknowledgedWhole) {
  StoreDisk disk;
  StoreWorkload workload(kFile);
  workload.Run();
  EXPECT_EQ(workload.acknowledged(), 14u + 2 + 2 + 2 + 1);
  const auto problems = workload.FindProblems();
  EXPECT_TRUE(problems.empty()) << problems.front();
}

// The tables themselves: until the first transaction is there, there is no store.
TEST(StoreDiskTest, TheMakingOfAStoreMayBeCutOffAnywhere) {
  uint64_t operations = 0;
  {
    StoreDisk disk;
    LinuxRandom random;
    ASSERT_TRUE(SqliteStore::Open(kFile, random).ok());
    operations = disk.operations();
  }
  for (const Ending& ending : kEndings) {
    for (uint64_t at = 1; at <= operations; at += Stride()) {
      StoreDisk disk(at);
      LinuxRandom random;
      disk.StrikeAt(at, ending.fault);
      static_cast<void>(SqliteStore::Open(kFile, random).ok());
      disk.Restart(ending.loss);
      const auto store = SqliteStore::Open(kFile, random);
      ASSERT_TRUE(store.ok()) << ending.name << " at " << at << ": " << store.status();
      EXPECT_EQ((*store)->health()->problem(), "") << ending.name << " at " << at;
    }
  }
}

// The disk distinguishes a store that syncs from one that does not.
TEST(StoreDiskTest, APowerCutTakesWhatWasNotSynced) {
  StoreDisk disk;
  disk.Write("/a", "old");
  {
    const auto database = *Database::Open(kFile, Database::Mode::kReadWrite);
    disk.SyncDirectory();
    ASSERT_TRUE(database->Execute("CREATE TABLE t (x)").ok());
    ASSERT_TRUE(database->Execute("PRAGMA synchronous=OFF; INSERT INTO t VALUES (1)").ok());
    disk.StrikeAt(disk.operations() + 1, Fault::kIsTheLast);
    EXPECT_FALSE(database->Execute("INSERT INTO t VALUES (2)").ok());
  }
  EXPECT_TRUE(disk.is_off());
  disk.Restart(Loss::kUnsynced);
  EXPECT_EQ(disk.Read("/a"), "old");
  const auto database = *Database::Open(kFile, Database::Mode::kReadWrite);
  Statement count = database->Prepare("SELECT count(*) FROM t");
  ASSERT_TRUE(*count.Step());
  EXPECT_EQ(count.Integer(0), 0);
}

TEST(StoreDiskTest, EachSyncTakesAsLongAsItIsSet) {
  StoreDisk disk;
  int syncs = 0;
  disk.OnSync([&] { ++syncs; });
  LinuxRandom random;
  const auto store = *SqliteStore::Open(kFile, random);
  const int before = syncs;
  ASSERT_TRUE(
      store->OpenSession({.device = {.device_id = "d", .boot_id = BootId(kBootIdSize, 'b')}}).ok());
  EXPECT_EQ(syncs, before + 1);
}

}  // namespace
}  // namespace godwit::collector
