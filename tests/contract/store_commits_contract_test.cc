// What readers that go on behind a commit number may rely on, over SQLite and the simulated twin.
#include <gtest/gtest.h>

#include "tests/contract/store_worlds.h"

namespace godwit::collector {
namespace {

constexpr RunId kRun = 7;

template <typename World>
class StoreCommitsContract : public testing::Test {
 protected:
  StoreCommitsContract() {
    for (const char* const id : {"dev", "other"}) {
      const SessionOpening opening{.device = {.device_id = id, .boot_id = BootId(kBootIdSize, 'b')},
                                   .runs = {{.run = kRun}},
                                   .now_unix_ns = now_};
      EXPECT_TRUE(world_.store().OpenSession(opening).ok());
    }
  }
  Outcome Commit(Seq seq, const std::string& id = "dev") {
    const BatchClock clock{.boot_id = BootId(kBootIdSize, 'b'), .synchronised = true};
    const IncomingRecord record{.name = {kRun, seq},
                                .checksum = seq,
                                .batch = "x",
                                .clock = clock,
                                .first_unix_ns = now_,
                                .last_unix_ns = now_};
    return world_.store().Commit({{.device_id = id, .record = record}}, ++now_)->front();
  }
  int64_t Key(const std::string& id = "dev") { return world_.reader().Identity(id)->name.key; }
  uint64_t Last() { return *world_.reader().LastCommitted(); }
  // Returns the sequence numbers behind that number, in the order of their commits.
  std::vector<Seq> Behind(uint64_t number, const std::string& id = "dev") {
    std::vector<Seq> seqs;
    while (seqs.size() < 20) {
      const auto next = *world_.reader().NextCommitted(Key(id), number);
      if (!next) break;
      EXPECT_GT(next->commit_number, number);
      number = next->commit_number;
      seqs.push_back(next->record.cursor.seq);
    }
    return seqs;
  }
  void RemoveAll() {
    while (*world_.store().Prune({.age = absl::Nanoseconds(1)}, 10, now_ + 100) > 0) continue;
  }

  World world_;
  int64_t now_ = 1'000'000;
};

TYPED_TEST_SUITE(StoreCommitsContract, StoreWorlds);

TYPED_TEST(StoreCommitsContract, RecordsOfADeviceComeInTheOrderOfTheirCommits) {
  EXPECT_EQ(this->Last(), 0u);
  for (const Seq seq : {5, 2, 9}) {
    this->Commit(seq);
    this->Commit(seq + 1, "other");
  }
  EXPECT_EQ(this->Behind(0), (std::vector<Seq>{5, 2, 9}));
  EXPECT_EQ(this->Behind(0, "other"), (std::vector<Seq>{6, 3, 10}));
  const uint64_t last = this->Last();
  EXPECT_EQ(this->Behind(last), std::vector<Seq>{});
  this->Commit(3);
  EXPECT_EQ(this->Behind(last), std::vector<Seq>{3});
}

TYPED_TEST(StoreCommitsContract, WhatIsNotStoredHasNoNumber) {
  this->Commit(1);
  const uint64_t last = this->Last();
  EXPECT_EQ(this->Commit(1), Outcome::kDuplicate);
  EXPECT_EQ(this->Last(), last);
}

TYPED_TEST(StoreCommitsContract, AReaderGoesOnBehindRecordsThatRetentionHasRemoved) {
  for (const Seq seq : {1, 2, 3}) this->Commit(seq);
  const uint64_t last = this->Last();
  this->RemoveAll();
  EXPECT_EQ(this->Last(), last);
  EXPECT_EQ(this->Behind(0), std::vector<Seq>{});
  this->Commit(4);
  EXPECT_EQ(this->Behind(last), std::vector<Seq>{4});
}

TYPED_TEST(StoreCommitsContract, NumbersGoOnAfterARestart) {
  this->Commit(1);
  const uint64_t last = this->Last();
  this->RemoveAll();
  this->world_.Reopen();
  this->Commit(2);
  EXPECT_EQ(this->Behind(last), std::vector<Seq>{2});
}

}  // namespace
}  // namespace godwit::collector
