// A device with more tables than a stream brings or a request reports, over the real code of both
// sides.
#include <gtest/gtest.h>

#include "agent/limits.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "tests/sim/world.h"

namespace godwit::sim {
namespace {

// Writes records with so many tables each, of which no other record has one, to the device's spool.
void AppendTables(World& world, int records, size_t tables_each) {
  const RunId run = world.device().spool().run();
  static int number = 0;
  for (int i = 0; i < records; ++i) {
    Batch batch{.boot_id = BootId(kBootIdSize, 'b')};
    agent::NewRecord record;
    for (size_t j = 0; j < tables_each; ++j) {
      const Table table{.series = {{.name = Cat("series.", ++number)}}};
      record.tables.push_back({TableIdOf(table), EncodeTable(table)});
      Block& block = batch.blocks.emplace_back(
          Block{.table = record.tables.back().id, .interval_ns = 1, .ticks = {{1, 0}}});
      block.columns.resize(1);
      block.columns[0].Append(int64_t{1});
    }
    record.batch = *EncodeBatch(batch);
    const RecordName name = world.ledger.AttemptOpaque(run, record.batch);
    const agent::Appended appended = world.device().spool().Append(std::move(record));
    ASSERT_EQ(appended.name, name);
    ASSERT_EQ(appended.fate, agent::Appended::Fate::kSafe);
    world.ledger.Promise(name);
    world.ledger.StopWaiting(name);
  }
}

// A stream that had more was ended by the collector, and the next came five minutes later.
TEST(ManyTablesTest, AStreamEndsBeforeItsBoundOfTablesAndTheNextGoesOnAtOnce) {
  World world(1, {.spool_bytes = 8 << 20, .segment_bytes = 1 << 20});
  world.store.SetPaced(false);
  world.StartCollector();
  world.StartMachine(world.device());
  world.RunFor(absl::Seconds(5));
  AppendTables(world, 10, 100);
  world.RunFor(absl::Minutes(1));
  EXPECT_EQ(world.device().uploader().counters().failures, 0u);
  EXPECT_GE(world.store.Records().size(), 10u);
  // After a restart, too, and a record may have as many as there is place for.
  AppendTables(world, 5, agent::kTablesPerRecordMax);
  world.device().Kill();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(1));
  EXPECT_EQ(world.device().uploader().counters().failures, 0u);
  EXPECT_GE(world.store.Records().size(), 15u);
  EXPECT_EQ(world.device().uploader().counters().sessions, 1u);
  EXPECT_TRUE(world.RunUntilDrained(absl::Hours(1)));
}

// A device with more was refused for ever, also after a restart.
TEST(ManyTablesTest, ASegmentWithMoreTablesThanARequestReportsIsDrained) {
  World world(1, {.spool_bytes = 8 << 20, .segment_bytes = 4 << 20});
  world.store.SetPaced(false);
  world.StartCollector();
  world.StartMachine(world.device());
  AppendTables(world, 25, 200);
  ASSERT_GT(world.device().spool().TableIds().size(), agent::kReportedTablesMax);
  world.RunFor(absl::Minutes(2));
  EXPECT_EQ(world.device().uploader().counters().failures, 0u);
  EXPECT_GE(world.store.Records().size(), 25u);
  EXPECT_TRUE(world.RunUntilDrained(absl::Hours(1)));
}

// As an agent of version 0.1, which knew no pace of its own, may come.
TEST(ManyTablesTest, ADeviceWithTooManyNewTablesIsSlowedAndDrainedAndDoesNotSpin) {
  World world(1, {.spool_bytes = 8 << 20, .segment_bytes = 4 << 20});
  world.StartCollector();
  world.StartMachine(world.device());
  AppendTables(world, 25, 200);
  world.RunFor(absl::Minutes(1));
  EXPECT_LT(world.store.Records().size(), 25u);
  EXPECT_LT(world.device().uploader().counters().sessions, 30u);
  EXPECT_TRUE(world.RunUntilDrained(absl::Hours(1)));
  EXPECT_EQ(world.device().uploader().counters().rejected, 0u);
  EXPECT_EQ(world.Violations(), "");
  const auto devices = *world.store.Devices();
  ASSERT_EQ(devices.front().alerts.size(), 1u);
  EXPECT_EQ(devices.front().alerts.front().kind, "too many tables");
}

}  // namespace
}  // namespace godwit::sim
