// Merging changes how records are kept, and nothing that anybody can see of them.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/text.h"
#include "collector/fleet/export_query.h"
#include "collector/fleet/gap_query.h"
#include "collector/limits.h"
#include "collector/store/merger.h"
#include "collector/store/read_holds.h"
#include "collector/store/store_tools.h"
#include "tests/contract/stored_world.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

constexpr uint64_t kSeeds = 24;

// Returns bits, not numbers, to distinguish NaN and -0.0 too.
std::string Bits(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) {
    return Cat("d", std::bit_cast<uint64_t>(*number));
  }
  if (const auto* integer = std::get_if<int64_t>(&value)) return Cat("i", *integer);
  return std::get<std::string>(value);
}

std::map<std::string, std::vector<std::string>> Exported(StoredWorld& world) {
  std::map<std::string, std::vector<std::string>> rows;
  std::map<uint32_t, std::string> names;
  ExportQuery query(world.reader(), world.Device(), "", {});
  while (const auto page = *query.NextPage()) {
    for (const auto& series : page->series()) {
      Series known{.name = series.name()};
      for (const auto& attribute : series.attributes()) {
        known.attributes[attribute.key()] = attribute.value();
      }
      names[series.number()] = SeriesText(known);
    }
    for (const auto& sample : page->samples()) {
      Value value = sample.state();
      if (sample.has_integer()) value = int64_t{sample.integer()};
      if (sample.has_number()) value = sample.number();
      rows[names.at(sample.series())].push_back(Cat(sample.time_unix_ns(), " ", Bits(value)));
    }
  }
  return rows;
}

std::map<std::string, std::vector<std::string>> True(const StoredWorld& world) {
  std::map<std::string, std::vector<std::string>> rows;
  for (const auto& truth : world.truth()) {
    rows[truth.series].push_back(Cat(truth.time_unix_ns, " ", Bits(truth.value)));
  }
  return rows;
}

// How many ticks are missing, by group and reason.
std::map<std::string, uint64_t> Missing(StoredWorld& world) {
  std::map<std::string, uint64_t> missing;
  GapQuery query(world.reader(), world.Device());
  while (const auto page = *query.NextPage()) {
    for (const auto& gap : page->ticks()) missing[gap.group() + " " + gap.reason()] += gap.ticks();
    for (const auto& gap : page->records()) {
      missing[gap.reason()] += gap.last_seq() - gap.first_seq() + 1;
    }
  }
  return missing;
}

TEST(MergeContract, AnExportIsTheSameBeforeAndAfter) {
  size_t replaced = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(Cat("seed ", seed));
    StoredWorld world(seed);
    world.Fill();
    ASSERT_EQ(Exported(world), True(world));
    const auto missing = Missing(world);
    replaced += world.MergeAll();
    ASSERT_EQ(Exported(world), True(world));
    ASSERT_EQ(Missing(world), missing);
    world.Reopen();
    ASSERT_EQ(Exported(world), True(world));
  }
  EXPECT_GT(replaced, kSeeds);
}

TEST(MergeContract, ANameAndItsChecksumOutliveTheMerging) {
  for (uint64_t seed = 1; seed <= kSeeds / 4; ++seed) {
    SCOPED_TRACE(Cat("seed ", seed));
    StoredWorld world(seed);
    world.Fill();
    world.MergeAll();
    world.Reopen();
    for (const auto& [record, checksum] : world.checksums()) {
      const RecordName name = record;
      const auto again = [&](uint64_t sum) {
        return world.store()
            .Commit({{.device_id = "id", .record = IncomingRecord{.name = name, .checksum = sum}}},
                    world.end_unix_ns())
            ->front();
      };
      ASSERT_EQ(again(checksum), Outcome::kDuplicate);
      ASSERT_EQ(again(checksum + 1), Outcome::kConflict);
    }
    ASSERT_EQ(Exported(world), True(world));
  }
}

TEST(MergeContract, RetentionTakesMergedRecordsWithAllTheirSlices) {
  StoredWorld world(2);
  world.Fill(false);
  ASSERT_GT(world.MergeAll(), 0u);
  const int64_t later = world.end_unix_ns() + absl::ToInt64Nanoseconds(absl::Hours(24));
  while (*world.store().Prune({.age = absl::Hours(1)}, 10, later) > 0) {
  }
  EXPECT_TRUE(Exported(world).empty());
  const auto database = *Database::Open(world.file(), Database::Mode::kQueryOnly);
  for (const char* sql :
       {"SELECT count(*) FROM record", "SELECT count(*) FROM slice", "SELECT count(*) FROM block",
        "SELECT count(*) FROM head", "SELECT count(*) FROM committed"}) {
    Statement count = database->Prepare(sql);
    ASSERT_TRUE(*count.Step());
    EXPECT_EQ(count.Integer(0), 0) << sql;
  }
  // And what was settled stays settled.
  const auto& [name, checksum] = *world.checksums().begin();
  const auto again = world.store().Commit(
      {{.device_id = "id", .record = IncomingRecord{.name = name, .checksum = checksum}}}, later);
  EXPECT_EQ(again->front(), Outcome::kDuplicate);
}

TEST(MergeContract, TheOrderOfCommitsIsThatOfTheRecordsThatAreAsTheyCame) {
  StoredWorld world(3);
  world.Fill(false);
  const auto count = [&](const char* sql) {
    const auto database = *Database::Open(world.file(), Database::Mode::kQueryOnly);
    Statement rows = database->Prepare(sql);
    EXPECT_TRUE(*rows.Step());
    return rows.Integer(0);
  };
  const auto numbers = [&] { return count("SELECT count(*) FROM committed"); };
  EXPECT_EQ(numbers(), count("SELECT count(*) FROM record"));
  ASSERT_GT(world.MergeAll(), 0u);
  EXPECT_GT(numbers(), 0);
  EXPECT_EQ(numbers(), count("SELECT count(*) FROM record WHERE checksums IS NULL"));
  EXPECT_EQ(numbers(), count("SELECT count(*) FROM record WHERE commit_number IS NOT NULL"));
  EXPECT_TRUE(VerifyStore(world.file())->problems.empty());
}

TEST(MergeContract, AGroupOfStepsHasEachRecordOnce) {
  StoredWorld world(4);
  world.Fill(false);
  const auto source = *SqliteMergeSource::Open(world.file());
  const int64_t later = world.end_unix_ns() + absl::ToInt64Nanoseconds(absl::Hours(24));
  const auto steps = *source->NextGroup(later, later);
  ASSERT_GT(steps.size(), 1u);
  EXPECT_LE(steps.size(), kMergeStepsMax);
  std::set<int64_t> records;
  size_t named = 0;
  for (const MergeStep& step : steps) {
    records.insert(step.records.begin(), step.records.end());
    named += step.records.size();
  }
  EXPECT_EQ(records.size(), named);
}

TEST(MergeContract, WhatWasPrunedMeanwhileIsNotPutBack) {
  StoredWorld world(5);
  world.Fill(false);
  const auto source = *SqliteMergeSource::Open(world.file());
  const int64_t later = world.end_unix_ns() + absl::ToInt64Nanoseconds(absl::Hours(24));
  auto step = *source->Next(later, later);
  while (step && step->what != MergeStep::What::kReplace) {
    ASSERT_TRUE(world.store().Apply({*step})->front().ok());
    step = *source->Next(later, later + 1);
  }
  ASSERT_TRUE(step.has_value());
  while (*world.store().Prune({.age = absl::Hours(1)}, 10, later) > 0) {
  }
  ASSERT_TRUE(world.store().Apply({*step})->front().ok());
  EXPECT_TRUE(Exported(world).empty());
}

// Long after everything.
class LateClock final : public Clock {
 public:
  explicit LateClock(int64_t wall_unix_ns) : wall_(absl::FromUnixNanos(wall_unix_ns)) {}
  absl::Duration Boot() const override { return absl::ZeroDuration(); }
  absl::Time Wall() const override { return wall_; }
  TimeSource WallSource() const override { return TimeSource::kKernel; }

 private:
  const absl::Time wall_;
};

TEST(MergeContract, TheMergerWorksThroughWhatIsDueButForWhatIsRead) {
  StoredWorld world(2);
  world.Fill(false);
  const LateClock clock(world.end_unix_ns() + absl::ToInt64Nanoseconds(absl::Hours(24)));
  sim::SimScheduler scheduler(1);
  sim::SimExecutor executor(scheduler);
  sim::SimExecutor writer(scheduler);
  ReadHolds holds;
  const auto hour = [] { return absl::Hours(1); };
  Merger merger(world.store(), *SqliteMergeSource::Open(world.file()), holds, hour,
                {.clock = clock, .executor = executor, .writer = writer});
  const auto merged = [&] { return VerifyStore(world.file())->merged; };
  {
    const auto hold = holds.Take(world.Device().key);
    executor.Post([&] { merger.Start(); });
    scheduler.RunUntil([] { return false; }, absl::Minutes(1));
    EXPECT_EQ(merged(), 0u);
  }
  // What was put off waits as long again: as if for another collector, an hour later.
  const LateClock later(world.end_unix_ns() + absl::ToInt64Nanoseconds(absl::Hours(48)));
  Merger again(world.store(), *SqliteMergeSource::Open(world.file()), holds, hour,
               {.clock = later, .executor = executor, .writer = writer});
  executor.Post([&] { again.Start(); });
  scheduler.RunUntil([] { return false; }, absl::Minutes(1));
  EXPECT_GT(merged(), 0u);
  EXPECT_EQ(Exported(world), True(world));
  executor.Post([&] {
    merger.Stop();
    again.Stop();
  });
  scheduler.RunUntil([] { return false; }, absl::Seconds(1));
}

TEST(MergeContract, ADeviceThatIsReadIsLeftAloneMeanwhile) {
  ReadHolds holds;
  const auto changed = [&](int64_t device) {
    return holds.WhileNoneIsTaken([=](const auto& is_held) { return !is_held(device); });
  };
  auto hold = holds.Take(1);
  auto second = holds.Take(1);
  EXPECT_FALSE(changed(1));
  EXPECT_TRUE(changed(2));
  hold.reset();
  EXPECT_FALSE(changed(1));
  second.reset();
  EXPECT_TRUE(changed(1));
}

}  // namespace
}  // namespace godwit::collector
