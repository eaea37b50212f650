// Missing ticks of random groups whose lists of series change, change back and take turns: the gaps
// of a device and its count agree with a plain count of ticks, in SQLite and in the simulated twin.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "base/checksum.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "codec/table.h"
#include "collector/fleet/gap_query.h"
#include "tests/contract/store_worlds.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int kGroups = 4;
constexpr int kTicksPerRecord = 8;

// Knows of each group only when it was read.
class SlowCount {
 public:
  void Add(int group, int64_t tick) { ticks_[group].insert(tick); }
  uint64_t Missing() const {
    uint64_t missing = 0;
    for (const auto& [group, ticks] : ticks_) {
      missing += static_cast<uint64_t>(*ticks.rbegin() - *ticks.begin() + 1) - ticks.size();
    }
    return missing;
  }

 private:
  std::map<int, std::set<int64_t>> ticks_;
};

template <typename World>
class GapAgreement : public testing::Test {
 protected:
  // One series of a group is in each of its lists, the other one comes and goes.
  static Table TableOf(int group, int list) {
    return {.series = {{.name = Cat("group.", group)}, {.name = Cat("list.", group, ".", list)}}};
  }
  bool Happens(int one_in) { return noise_() % static_cast<unsigned>(one_in) == 0; }

  // The blocks of one group: another one each time its list changes.
  void AddBlocks(int group, int64_t first_tick, Batch& batch, std::vector<IncomingTable>& tables) {
    std::optional<int> open;
    for (int64_t tick = first_tick; tick < first_tick + kTicksPerRecord; ++tick) {
      if (Happens(5)) lists_[group] = static_cast<int>(noise_() % 3);
      if (Happens(12)) missing_until_[group] = tick + static_cast<int64_t>(noise_() % 20);
      if (tick < missing_until_[group]) continue;
      const Table table = TableOf(group, lists_[group]);
      if (open != lists_[group]) {
        batch.blocks.push_back({.table = TableIdOf(table), .interval_ns = kSecond});
        batch.blocks.back().columns.resize(2);
        tables.push_back({TableIdOf(table), EncodeTable(table), 2});
      }
      open = lists_[group];
      batch.blocks.back().ticks.push_back({tick * kSecond, 0});
      for (Column& column : batch.blocks.back().columns) column.Append(tick);
      slow_.Add(group, tick);
    }
  }

  void StoreRecord(Seq seq) {
    Batch batch{.boot_id = BootId(kBootIdSize, 'b'), .wall_synchronised = true};
    Delivery delivery{.device_id = "dev"};
    for (int group = 0; group < kGroups; ++group) {
      AddBlocks(group, static_cast<int64_t>(seq) * kTicksPerRecord, batch, delivery.tables);
    }
    if (batch.blocks.empty()) return;
    const TimeSpan span = SpanOf(batch);
    const std::string bytes = *EncodeBatch(batch);
    delivery.record = IncomingRecord{.name = {7, seq},
                                     .checksum = Checksum(bytes),
                                     .batch = bytes,
                                     .blocks = SpansOf(batch),
                                     .clock = {batch.boot_id, 0, true},
                                     .first_unix_ns = span.first_unix_ns,
                                     .last_unix_ns = span.last_unix_ns};
    const auto outcomes = world_.store().Commit({delivery}, 1'000'000 * kSecond);
    ASSERT_TRUE(outcomes.ok()) << outcomes.status();
    ASSERT_EQ(outcomes->front(), Outcome::kCommitted);
  }

  uint64_t Listed() {
    uint64_t missing = 0;
    GapQuery query(world_.reader(), world_.reader().DeviceNames()->front());
    while (const auto page = *query.NextPage()) {
      for (const v1::TickGap& gap : page->ticks()) missing += gap.ticks();
    }
    return missing;
  }

  std::mt19937_64 noise_;
  SlowCount slow_;
  std::map<int, int> lists_;
  std::map<int, int64_t> missing_until_;
  World world_;
};

TYPED_TEST_SUITE(GapAgreement, StoreWorlds);

TYPED_TEST(GapAgreement, WhateverListsOfSeriesDoEachMissingTickIsCountedOnce) {
  this->noise_.seed(25);
  ASSERT_TRUE(this->world_.store()
                  .OpenSession({.device = {.device_id = "dev", .boot_id = BootId(kBootIdSize, 'b')},
                                .runs = {{.run = 7}}})
                  .ok());
  for (Seq seq = 1; seq <= 150; ++seq) {
    this->StoreRecord(seq);
    if (seq % 30 != 0) continue;
    EXPECT_EQ(this->Listed(), this->slow_.Missing()) << "after record " << seq;
    EXPECT_EQ(
        *this->world_.reader().MissingTicks(this->world_.reader().DeviceNames()->front().key, {}),
        this->slow_.Missing())
        << "after record " << seq;
  }
  EXPECT_GT(this->slow_.Missing(), 100u);
}

}  // namespace
}  // namespace godwit::collector
