// Queries work in turns: what is asked in many is what is asked in one, and no turn is long.
#include "collector/fleet/turn.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/fleet/directory.h"
#include "collector/fleet/export_query.h"
#include "collector/fleet/gap_query.h"
#include "collector/fleet/latest_query.h"
#include "collector/fleet/range_query.h"
#include "collector/fleet/tail_query.h"
#include "tests/sim/memory_store.h"

namespace godwit::collector {
namespace {

constexpr Seq kRecords = 200;
constexpr absl::Duration kReading = absl::Milliseconds(1);

// Moves when something is read, and by a little at each look.
class ReadingClock final : public Clock {
 public:
  absl::Duration Boot() const override { return now_ += absl::Microseconds(10); }
  absl::Time Wall() const override { return absl::UnixEpoch() + now_; }
  TimeSource WallSource() const override { return TimeSource::kKernel; }
  void Read() {
    ++reads;
    now_ += kReading;
  }
  int reads = 0;

 private:
  mutable absl::Duration now_;
};

// Each look at records takes a millisecond.
class SlowStore final : public sim::MemoryStore {
 public:
  explicit SlowStore(ReadingClock& clock) : MemoryStore("0123456789abcdef"), clock_(clock) {}
  StatusOr<std::optional<StoredRecord>> Next(int64_t device, RecordCursor after,
                                             TimeRange times) override {
    clock_.Read();
    return MemoryStore::Next(device, after, times);
  }
  StatusOr<std::optional<StoredRecord>> NextByTime(int64_t device, TimeCursor after,
                                                   TimeRange times) override {
    clock_.Read();
    return MemoryStore::NextByTime(device, after, times);
  }
  StatusOr<std::optional<CommittedRecord>> NextCommitted(int64_t device, uint64_t after) override {
    clock_.Read();
    return MemoryStore::NextCommitted(device, after);
  }
  StatusOr<std::vector<StoredSpans>> Spans(int64_t device, RecordCursor after,
                                           size_t limit) override {
    clock_.Read();
    return MemoryStore::Spans(device, after, limit);
  }
  StatusOr<std::string> Table(const TableId& id) override {
    clock_.Read();
    return MemoryStore::Table(id);
  }

 private:
  ReadingClock& clock_;
};

class TurnsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.OpenSession({.device = {.device_id = "dev"}, .runs = {{.run = 7}}}).ok());
    device_ = *Directory().Find(store_, "dev");
  }

  // Every tenth is the first of another table. Every third tick is missing.
  void Store(Seq first, Seq last) {
    for (Seq seq = first; seq <= last; ++seq) {
      const Table table{.series = {{.name = Cat("s", seq / 10), .kind = Kind::kCounter}}};
      Block block{.table = TableIdOf(table), .interval_ns = 1};
      block.columns.resize(1);
      for (const int64_t tick : {0, 1}) {
        const auto time = static_cast<int64_t>(seq) * 3 + tick;
        block.ticks.push_back({time, 0});
        block.columns[0].Append(time);
      }
      const Batch batch{.boot_id = BootId(kBootIdSize, 'b'), .blocks = {block}};
      IncomingRecord record{.name = {7, seq},
                            .checksum = seq,
                            .batch = *EncodeBatch(batch),
                            .blocks = SpansOf(batch),
                            .clock = {BootId(kBootIdSize, 'b'), 0, true},
                            .first_unix_ns = block.ticks.front().time_unix_ns,
                            .last_unix_ns = block.ticks.back().time_unix_ns,
                            .samples = 2};
      ASSERT_TRUE(store_
                      .Commit({{.device_id = "dev",
                                .tables = {{block.table, EncodeTable(table), 1}},
                                .record = record}},
                              1)
                      .ok());
    }
  }

  // All pages, asked for in turns of that length; how many turns there were.
  template <typename Query>
  std::string Ask(Query& query, absl::Duration length, int& turns) {
    std::string rows;
    for (turns = 1;; ++turns) {
      const Turn turn(clock_, length, cancelled_);
      const int reads = clock_.reads;
      const auto page = query.NextPage(turn);
      EXPECT_TRUE(page.ok()) << page.status();
      // One look may begin before the turn is over, and one of a table may follow it.
      EXPECT_LE((clock_.reads - reads) * kReading, length + 2 * kReading);
      if (!page.ok() || (!page->has_value() && !turn.over())) return rows;
      if (page->has_value()) rows += Rows(**page);
    }
  }
  static std::string Rows(const v1::SamplePage& page) {
    std::string rows;
    for (const auto& sample : page.samples()) rows += sample.SerializeAsString();
    return rows;
  }
  static std::string Rows(const v1::ListGapsResponse& page) {
    std::string rows;
    for (const auto& gap : page.ticks()) rows += gap.SerializeAsString();
    return rows;
  }
  static std::string Rows(const v1::ListSeriesResponse& page) {
    std::string rows;
    for (const auto& series : page.series()) rows += series.series().name() + " ";
    return rows;
  }

  template <typename Make>
  void ExpectTheSameInTurns(const Make& make) {
    int turns = 0;
    auto in_turns = make();
    const std::string rows = Ask(*in_turns, 5 * kReading, turns);
    EXPECT_GT(turns, 3);
    auto at_once = make();
    EXPECT_EQ(rows, Ask(*at_once, absl::Hours(1), turns));
    EXPECT_FALSE(rows.empty());
  }

  ReadingClock clock_;
  SlowStore store_{clock_};
  DeviceName device_;
  std::atomic<bool> cancelled_ = false;
};

TEST_F(TurnsTest, WhatComesInManyTurnsIsWhatComesInOne) {
  Store(1, kRecords);
  {
    SCOPED_TRACE("export");
    ExpectTheSameInTurns(
        [&] { return std::make_unique<ExportQuery>(store_, device_, "", TimeRange()); });
  }
  {
    SCOPED_TRACE("latest");
    ExpectTheSameInTurns([&] { return std::make_unique<LatestQuery>(store_, device_, ""); });
  }
  {
    SCOPED_TRACE("series");
    ExpectTheSameInTurns([&] { return std::make_unique<SeriesQuery>(store_, device_, ""); });
  }
  const auto range = [&](RangeQueryOptions options) {
    return [this, options] { return *RangeQuery::Open(store_, device_, options); };
  };
  {
    SCOPED_TRACE("samples");
    ExpectTheSameInTurns(range({}));
  }
  for (const Aggregate aggregate : {Aggregate::kMean, Aggregate::kRate, Aggregate::kCount}) {
    SCOPED_TRACE(static_cast<int>(aggregate));
    ExpectTheSameInTurns(range({.aggregate = aggregate}));
    ExpectTheSameInTurns(range({.aggregate = aggregate, .step_ns = 50}));
  }
}

TEST_F(TurnsTest, AListOfGapsComesInTurns) {
  Store(1, 10 * kRecords);
  ExpectTheSameInTurns([&] { return std::make_unique<GapQuery>(store_, device_); });
}

TEST_F(TurnsTest, ATailThatIsBehindWorksInTurns) {
  Store(1, 1);
  TailQuery tail(store_, device_, "");
  int turns = 0;
  EXPECT_EQ(Ask(tail, absl::Hours(1), turns), "") << "what is there already";
  Store(2, kRecords);
  EXPECT_FALSE(Ask(tail, 5 * kReading, turns).empty());
  EXPECT_GT(turns, 20);
}

TEST_F(TurnsTest, AQueryWhoseCallerHasGoneReadsNothingMore) {
  Store(1, kRecords);
  auto query = *RangeQuery::Open(store_, device_, {.aggregate = Aggregate::kMean});
  cancelled_ = true;
  const int reads = clock_.reads;
  const Turn turn(clock_, absl::Hours(1), cancelled_);
  EXPECT_EQ(*query->NextPage(turn), std::nullopt);
  EXPECT_TRUE(turn.over());
  EXPECT_EQ(clock_.reads, reads);
}

}  // namespace
}  // namespace godwit::collector
