#include "collector/fleet/directory.h"
#include "collector/fleet/export_query.h"
#include "collector/fleet/latest_query.h"

#include <gtest/gtest.h>

#include "base/checksum.h"
#include "codec/batch_codec.h"
#include "tests/sim/memory_store.h"

namespace godwit::collector {
namespace {

class QueriesTest : public testing::Test {
 protected:
  void Open(const std::string& id, const std::string& name) {
    ASSERT_TRUE(
        store_.OpenSession({.device = {.device_id = id, .name = name}, .runs = {{.run = 7}}}).ok());
  }

  // Ticks of series a and b in one record: value = time, b null on odd times.
  void Store(Seq seq, std::vector<int64_t> times) {
    const std::string encoded = EncodeTable(table_);
    Block block{.table = TableIdOf(table_), .interval_ns = 1};
    block.columns.resize(2);
    for (const int64_t time : times) {
      block.ticks.push_back({time, 0});
      block.columns[0].Append(time);
      block.columns[1].Append(time % 2 == 0 ? Value(static_cast<double>(time)) : Value());
    }
    const Batch batch{.boot_id = BootId(kBootIdSize, 'b'), .blocks = {block}};
    IncomingRecord record{.name = {7, seq},
                          .checksum = seq,
                          .batch = *EncodeBatch(batch),
                          .blocks = SpansOf(batch),
                          .first_unix_ns = times.front(),
                          .last_unix_ns = times.back(),
                          .samples = SampleCount(batch)};
    ASSERT_EQ(
        store_
            .Commit(
                {{.device_id = "id-1", .tables = {{block.table, encoded, 2}}, .record = record}}, 1)
            ->front(),
        Outcome::kCommitted);
  }

  template <typename Query>
  std::vector<std::string> Rows(Query query) {
    std::vector<std::string> rows;
    std::map<uint32_t, std::string> names;
    while (const auto page = *query.NextPage()) {
      EXPECT_EQ(page->device_id(), "id-1");
      for (const auto& series : page->series()) names[series.number()] = series.name();
      for (const auto& sample : page->samples()) {
        rows.push_back(names.at(sample.series()) + "@" + std::to_string(sample.time_unix_ns()));
      }
    }
    return rows;
  }

  Table table_{.series = {{.name = "a"}, {.name = "b", .kind = Kind::kGauge}}};
  sim::MemoryStore store_{"0123456789abcdef"};
};

TEST_F(QueriesTest, AnExportHasEverySampleOfTheSelectionInOrder) {
  Open("id-1", "pump");
  Store(2, {13, 14});
  Store(1, {11, 12});
  const DeviceName device = *Directory().Find(store_, "pump");
  EXPECT_EQ(Rows(ExportQuery(store_, device, "", {})),
            (std::vector<std::string>{"a@11", "a@12", "b@12", "a@13", "a@14", "b@14"}));
  EXPECT_EQ(Rows(ExportQuery(store_, device, "b", {})), (std::vector<std::string>{"b@12", "b@14"}));
  EXPECT_EQ(Rows(ExportQuery(store_, device, "a", {.since_unix_ns = 12, .until_unix_ns = 14})),
            (std::vector<std::string>{"a@12", "a@13"}));
}

TEST_F(QueriesTest, ALongExportComesInPagesOfBoundedSize) {
  Open("id-1", "pump");
  std::vector<int64_t> times;
  for (int64_t time = 1; time <= 20'000; ++time) times.push_back(time);
  Store(1, times);
  const DeviceName device = *Directory().Find(store_, "pump");
  ExportQuery query(store_, device, "", {});
  size_t pages = 0;
  size_t samples = 0;
  while (const auto page = *query.NextPage()) {
    EXPECT_LT(page->ByteSizeLong(), size_t{1} << 20);
    ++pages;
    samples += static_cast<size_t>(page->samples_size());
  }
  EXPECT_GT(pages, 2u);
  EXPECT_EQ(samples, 30'000u);
}

TEST_F(QueriesTest, LatestIsTheNewestValueOfEachSeriesPastNulls) {
  Open("id-1", "pump");
  Store(2, {13, 14, 15});
  Store(1, {11, 12});
  const DeviceName device = *Directory().Find(store_, "pump");
  EXPECT_EQ(Rows(LatestQuery(store_, device, "")), (std::vector<std::string>{"a@15", "b@14"}));
  EXPECT_EQ(Rows(LatestQuery(store_, device, "b")), (std::vector<std::string>{"b@14"}));
}

}  // namespace
}  // namespace godwit::collector
