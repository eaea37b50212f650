// Which records may become one; tests/contract/merge_contract_test.cc merges them.
#include "collector/store/merged_record.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <limits>

#include "codec/batch_codec.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kHour = 3600 * kSecond;
constexpr int64_t kBegin = 1000 * kHour;
const TableId kTable(kTableIdSize, 't');

// Six ticks of 10 s, the minute of that seq.
MergeCandidate Minute(Seq seq) {
  const int64_t first = kBegin + static_cast<int64_t>(seq) * 60 * kSecond;
  const int64_t last = first + 50 * kSecond;
  return {.key = static_cast<int64_t>(seq),
          .seq = seq,
          .checksum = seq,
          .first_unix_ns = first,
          .last_unix_ns = last,
          .boot_id = BootId(kBootIdSize, 'b'),
          .blocks = {{.table = kTable,
                      .columns = 2,
                      .ticks = 6,
                      .interval_ns = 10 * kSecond,
                      .first_unix_ns = first,
                      .last_unix_ns = last}}};
}

// How many of five minutes go together when the third is changed.
size_t Together(const std::function<void(MergeCandidate&)>& change) {
  std::vector<MergeCandidate> minutes;
  for (Seq seq = 1; seq <= 5; ++seq) minutes.push_back(Minute(seq));
  change(minutes[2]);
  return MergeableFrom(minutes, 0);
}

TEST(MergedRecordTest, ConsecutiveMinutesGoTogether) {
  EXPECT_EQ(Together([](MergeCandidate&) {}), 5u);
}

TEST(MergedRecordTest, WhatDoesNotGoOnBeginsAnew) {
  const std::pair<const char*, std::function<void(MergeCandidate&)>> changes[] = {
      {"a hole in the sequence", [](MergeCandidate& m) { m.seq += 10; }},
      {"another boot", [](MergeCandidate& m) { m.boot_id[0] = 'c'; }},
      {"another interval", [](MergeCandidate& m) { m.blocks[0].interval_ns = 20 * kSecond; }},
      {"missing ticks", [](MergeCandidate& m) { m.blocks[0].first_unix_ns += 20 * kSecond; }},
      {"ticks that go back", [](MergeCandidate& m) { m.blocks[0].first_unix_ns -= 60 * kSecond; }},
      {"a clock that was set", [](MergeCandidate& m) { m.wall_offset_ns = 3 * kSecond; }},
      {"another shift", [](MergeCandidate& m) { m.shift_ns = 1; }},
      {"times that may change", [](MergeCandidate& m) { m.final_times = false; }},
      {"a table twice", [](MergeCandidate& m) { m.blocks.push_back(m.blocks[0]); }},
      {"no block", [](MergeCandidate& m) { m.blocks.clear(); }},
      {"another hour", [](MergeCandidate& m) { m.first_unix_ns += kHour; }},
      {"too many ticks", [](MergeCandidate& m) { m.blocks[0].ticks = 65'530; }},
      {"too many values", [](MergeCandidate& m) { m.blocks[0].columns = 1 << 20; }}};
  for (const auto& [what, change] : changes) EXPECT_EQ(Together(change), 2u) << what;
}

TEST(MergedRecordTest, ClocksThatMayBePutRightMustAgreeToAMillisecond) {
  std::vector<MergeCandidate> minutes = {Minute(1), Minute(2), Minute(3)};
  for (MergeCandidate& minute : minutes) minute.final_times = false;
  minutes[1].wall_offset_ns = 900'000;
  minutes[2].wall_offset_ns = 1'100'000;
  EXPECT_EQ(MergeableFrom(minutes, 0), 2u);
}

TEST(MergedRecordTest, AnHourBelongsToItsFirstTickAlsoBefore1970) {
  EXPECT_EQ(MergeHour(0), 0);
  EXPECT_EQ(MergeHour(kHour - 1), 0);
  EXPECT_EQ(MergeHour(kHour), 1);
  EXPECT_EQ(MergeHour(-1), -1);
}

TEST(MergedRecordTest, SlicesHaveAllColumnsOnceAndAllTicks) {
  std::vector<MergeCandidate> minutes = {Minute(1), Minute(2)};
  std::vector<Batch> batches;
  for (const MergeCandidate& minute : minutes) {
    Block block{.table = kTable, .interval_ns = 10 * kSecond};
    block.columns.resize(2);
    for (int64_t i = 0; i < 6; ++i) {
      block.ticks.push_back({minute.first_unix_ns + i * 10 * kSecond, 0});
      block.columns[0].Append(i);
      block.columns[1].Append(std::string(minute.seq == 1 ? "a" : "b"));
    }
    batches.push_back({.boot_id = minute.boot_id, .blocks = {block}});
  }
  const auto merged = Merge(minutes, batches);
  ASSERT_TRUE(merged.ok()) << merged.status();
  ASSERT_EQ(merged->blocks.size(), 1u);
  EXPECT_EQ(merged->blocks[0].span.ticks, 12u);
  ASSERT_EQ(merged->slices.size(), 1u);
  const Batch slice = *DecodeBatch(merged->slices[0]);
  EXPECT_EQ(slice.blocks[0].columns[0].At(7), Value(int64_t{1}));
  EXPECT_EQ(slice.blocks[0].columns[1].At(5), Value(std::string("a")));
  EXPECT_EQ(slice.blocks[0].columns[1].At(6), Value(std::string("b")));
}

TEST(MergedRecordTest, SlicesAsTheStoreDescribesThemHaveEachColumnOnce) {
  std::vector<StoredSlice> slices;
  ASSERT_TRUE(AppendSlices(3, kTable, 10, 2, 4, slices).ok());
  ASSERT_EQ(slices.size(), 3u);
  EXPECT_EQ(slices[0].key, SliceKey(3, 2));
  EXPECT_EQ(slices[2].first_column, 8u);
  EXPECT_EQ(slices[2].columns, 2u);
}

// Numbers of a damaged file, which would take all memory.
TEST(MergedRecordTest, SlicesThatCannotBeAreRefused) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  std::vector<StoredSlice> slices;
  for (const auto& [record, columns, first, width] :
       std::vector<std::array<int64_t, 4>>{{3, kMost, 0, 1},
                                           {3, -1, 0, 1},
                                           {3, 10, -1, 1},
                                           {3, 10, kMost, 1},
                                           {3, 10, 0, 0},
                                           {3, 10, 0, -5},
                                           {kMost, 10, 0, 1}}) {
    EXPECT_TRUE(absl::IsDataLoss(AppendSlices(record, kTable, columns, first, width, slices)));
  }
  EXPECT_TRUE(slices.empty());
}

}  // namespace
}  // namespace godwit::collector
