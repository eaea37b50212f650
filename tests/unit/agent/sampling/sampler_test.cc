// The sampler over simulated time: sensors that hang, fail, change and come and go. Long, since all
// of them use one fixture with its sensors.
#include <gtest/gtest.h>

#include "agent/limits.h"
#include "agent/sampling/sampler.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::agent {
namespace {

// Does what the test says.
class ScriptedSensor final : public Sensor {
 public:
  explicit ScriptedSensor(std::vector<Table> tables) : tables_(std::move(tables)) {}
  const std::vector<Table>& groups() const override { return tables_; }
  uint64_t layout() const override { return layout_; }
  uint32_t every(size_t group) const override { return group < steps.size() ? steps[group] : 1; }
  bool MayBlock(const Tick&) const override { return may_block; }
  Status Read(const Tick& tick, Readings& readings) override {
    if (next_) {
      tables_ = *std::exchange(next_, std::nullopt);
      ++layout_;
    }
    readings.assign(tables_.size(), {});
    for (size_t g = 0; g < tables_.size(); ++g) {
      readings[g].assign(tables_[g].series.size(), value(tick.number));
    }
    return status;
  }

  void Start() override { ++starts; }

  void Become(std::vector<Table> tables) { next_ = std::move(tables); }
  Status status;
  int starts = 0;
  std::vector<uint32_t> steps;  // of the groups; 1 beyond them
  bool may_block = true;
  std::function<Value(uint64_t)> value = [](uint64_t tick) { return static_cast<int64_t>(tick); };

 private:
  std::vector<Table> tables_;
  std::optional<std::vector<Table>> next_;
  uint64_t layout_ = 1;
};

Table Named(const std::vector<std::string>& names) {
  Table table;
  for (const std::string& name : names) table.series.push_back({.name = name, .unit = "1"});
  return table;
}

class SamplerTest : public testing::Test {
 protected:
  std::shared_ptr<ScriptedSensor> Add(const std::string& name, std::vector<Table> tables,
                                      bool with_worker = false) {
    auto sensor = std::make_shared<ScriptedSensor>(std::move(tables));
    SampledSensor sampled{.name = name,
                          .sensor = sensor,
                          .interval = absl::Seconds(1),
                          .timeout = absl::Milliseconds(2500)};
    // A worker of the simulation answers after `worker_takes_`.
    if (with_worker) {
      sampled.worker = [this](Executor::Task task) {
        scheduler_.After(worker_takes_, std::move(task));
      };
    }
    sensors_.push_back(std::move(sampled));
    return sensor;
  }

  // The first tick is 700 ms later: none falls on the end of a test's whole seconds.
  void Start(size_t max_series = 100, absl::Duration period = absl::Seconds(10)) {
    scheduler_.RunFor(absl::Milliseconds(300));
    sampler_ = std::make_unique<Sampler>(
        BatchOptions{
            .period = period, .boot_id = BootId(kBootIdSize, 'b'), .max_series = max_series},
        std::exchange(sensors_, {}), clock_, loop_, [this](SealedBatch sealed) { Take(sealed); });
    loop_.Post([this] { sampler_->Start(); });
  }

  // Every batch can be encoded, and names all its tables.
  void Take(const SealedBatch& sealed) {
    EXPECT_TRUE(EncodeBatch(sealed.batch).ok());
    ++batches_;
    for (const auto& [id, table] : sealed.tables) tables_.insert(id);
    for (const Block& block : sealed.batch.blocks) {
      const auto encoded = sealed.tables.find(block.table);
      ASSERT_NE(encoded, sealed.tables.end());
      const auto table = DecodeTable(encoded->second);
      ASSERT_TRUE(table.ok());
      for (size_t i = 0; i < block.columns.size(); ++i) {
        auto& values = values_[table->series[i].name];
        intervals_[table->series[i].name] = absl::Nanoseconds(block.interval_ns);
        for (const BlockTick& tick : block.ticks) {
          times_[table->series[i].name].push_back(absl::FromUnixNanos(tick.time_unix_ns));
        }
        for (size_t tick = 0; tick < block.ticks.size(); ++tick) {
          values.push_back(block.columns[i].At(tick));
        }
      }
    }
  }

  void Stop() {
    loop_.Post([this] { sampler_->Stop(); });
    scheduler_.RunFor(absl::Milliseconds(1));
  }

  const SensorHealth& HealthOf(const std::string& name) {
    health_ = sampler_->Health();
    for (const SensorHealth& health : health_) {
      if (health.name == name) return health;
    }
    ADD_FAILURE() << name;
    return health_[0];
  }

  size_t Nulls(const std::string& series) {
    return static_cast<size_t>(std::count(values_[series].begin(), values_[series].end(), Value()));
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimExecutor loop_{scheduler_};
  std::map<std::string, std::vector<absl::Time>> times_;
  std::map<std::string, absl::Duration> intervals_;
  absl::Duration worker_takes_ = absl::Milliseconds(100);
  std::vector<SampledSensor> sensors_;
  std::unique_ptr<Sampler> sampler_;
  std::vector<SensorHealth> health_;
  size_t batches_ = 0;
  std::set<TableId> tables_;
  std::map<std::string, std::vector<Value>> values_;
};

TEST_F(SamplerTest, ASensorThatHangsCostsItsOwnSamplesAndNoOther) {
  Add("pattern/good", {Named({"good"})});
  Add("file/slow", {Named({"slow"})}, /*with_worker=*/true);
  Start();
  scheduler_.RunFor(absl::Seconds(10));
  worker_takes_ = absl::Seconds(5);  // longer than its timeout
  scheduler_.RunFor(absl::Seconds(10));
  EXPECT_EQ(HealthOf("file/slow").state, SensorState::kHanging);
  EXPECT_NE(HealthOf("file/slow").error.find("no answer within 2.5s"), std::string::npos);
  worker_takes_ = absl::Milliseconds(100);
  scheduler_.RunFor(absl::Seconds(20));
  Stop();
  EXPECT_EQ(values_["good"].size(), 40u);
  EXPECT_EQ(Nulls("good"), 0u);
  // Each tick is a row, or was skipped behind a reading that had not ended.
  const uint64_t timed_out = HealthOf("file/slow").timed_out;
  EXPECT_GE(timed_out, 8u);
  EXPECT_LE(timed_out, 14u);
  EXPECT_GE(Nulls("slow"), 2u);
  EXPECT_EQ(values_["slow"].size() + timed_out - Nulls("slow"), 40u);
  EXPECT_EQ(HealthOf("file/slow").state, SensorState::kGood);
  EXPECT_EQ(HealthOf("pattern/good").timed_out, 0u);
}

TEST_F(SamplerTest, AStateThatChangesWithEveryTickLosesNoneHoweverLongTheBatch) {
  Add("exec/log", {Named({"log"})})->value = [](uint64_t tick) { return std::to_string(tick); };
  Start(100, absl::Hours(2));
  scheduler_.RunFor(absl::Seconds(2500));
  Stop();
  ASSERT_EQ(values_["log"].size(), 2500u);
  EXPECT_EQ(Nulls("log"), 0u);
  EXPECT_EQ(batches_, 3u);
  EXPECT_EQ(HealthOf("exec/log").refused, 0u);
}

TEST_F(SamplerTest, AStateThatNoBatchCanHoldIsCountedAtItsSensor) {
  Add("exec/long", {Named({"long"})})->value = [](uint64_t) {
    return std::string(kStateBytesMax + 1, 'x');
  };
  Start();
  scheduler_.RunFor(absl::Seconds(3));
  EXPECT_EQ(HealthOf("exec/long").refused, 3u);
}

TEST_F(SamplerTest, ASensorIsStartedOnceAndAtOnceAlsoOneThatComesLater) {
  const auto first = Add("statsd/first", {Named({"a"})});
  Start();
  scheduler_.RunFor(absl::Milliseconds(1));
  EXPECT_EQ(first->starts, 1) << "before its first tick";
  const auto second = Add("statsd/second", {Named({"b"})});
  loop_.Post([this] { sampler_->Replace({}, std::exchange(sensors_, {})); });
  scheduler_.RunFor(absl::Milliseconds(1));
  EXPECT_EQ(second->starts, 1);
  scheduler_.RunFor(absl::Seconds(3));
  EXPECT_EQ(first->starts + second->starts, 2);
}

TEST_F(SamplerTest, ASensorSlowerThanItsIntervalSealsNoBatchAndKeepsItsTicksInOrder) {
  worker_takes_ = absl::Milliseconds(1300);  // within its timeout
  Add("exec/slow", {Named({"slow"})}, /*with_worker=*/true);
  Start();
  scheduler_.RunFor(absl::Seconds(40));
  Stop();
  EXPECT_LE(batches_, 5u) << "one each 10 s, and the last";
  ASSERT_EQ(values_["slow"].size(), 20u);
  for (size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(values_["slow"][i], Value(static_cast<int64_t>(2 * i + 1)));
  }
  EXPECT_EQ(HealthOf("exec/slow").state, SensorState::kGood);
}

TEST_F(SamplerTest, ASensorThatGoesWhileItIsReadIsNotHeardOfAgain) {
  worker_takes_ = absl::Seconds(5);
  Add("file/slow", {Named({"slow"})}, /*with_worker=*/true);
  Start();
  scheduler_.RunFor(absl::Milliseconds(1500));
  loop_.Post([this] { sampler_->Replace({"file/slow"}, {}); });
  scheduler_.RunFor(absl::Seconds(20));
  Stop();
  EXPECT_TRUE(sampler_->Health().empty());
  EXPECT_TRUE(values_["slow"].empty());
}

TEST_F(SamplerTest, ACheckDuringAReadingYieldsThatReading) {
  worker_takes_ = absl::Milliseconds(400);
  Add("exec/slow", {Named({"slow"})}, /*with_worker=*/true);
  Start();
  scheduler_.RunFor(absl::Milliseconds(4900));  // the fifth tick is read since 200 ms
  std::vector<Sampler::CheckResult> checks;
  loop_.Post([&] {
    for (int i = 0; i < 2; ++i) {
      EXPECT_TRUE(
          sampler_->CheckSensor("exec/slow", [&](auto check) { checks.push_back(check); }).ok());
    }
  });
  scheduler_.RunFor(absl::Milliseconds(100));
  EXPECT_TRUE(checks.empty());
  scheduler_.RunFor(absl::Milliseconds(200));
  ASSERT_EQ(checks.size(), 2u);
  for (const Sampler::CheckResult& check : checks) {
    EXPECT_TRUE(check.status.ok());
    EXPECT_EQ(check.took, absl::Milliseconds(400));
    EXPECT_EQ(check.values, Readings{{Value(int64_t{5})}});
  }
  EXPECT_EQ(HealthOf("exec/slow").readings, 5u);
  EXPECT_EQ(HealthOf("exec/slow").timed_out, 0u);
}

TEST_F(SamplerTest, ACheckBetweenTwoTicksReadsTheSensorAndKeepsNothing) {
  Add("exec/quick", {Named({"quick"})}, /*with_worker=*/true);
  Start();
  scheduler_.RunFor(absl::Milliseconds(5100));
  std::optional<Sampler::CheckResult> check;
  loop_.Post([&] {
    EXPECT_TRUE(sampler_->CheckSensor("exec/quick", [&](auto seen) { check = seen; }).ok());
  });
  scheduler_.RunFor(absl::Milliseconds(200));
  ASSERT_TRUE(check);
  EXPECT_EQ(check->took, absl::Milliseconds(100));
  EXPECT_EQ(HealthOf("exec/quick").readings, 6u);
  Stop();
  EXPECT_EQ(values_["quick"].size(), 5u);
}

TEST_F(SamplerTest, ACheckOfASensorThatHangsSaysSo) {
  worker_takes_ = absl::Seconds(60);
  Add("file/stuck", {Named({"stuck"})}, /*with_worker=*/true);
  Start();
  scheduler_.RunFor(absl::Milliseconds(1000));
  std::vector<Sampler::CheckResult> checks;
  const auto check = [&] {
    return sampler_->CheckSensor("file/stuck", [&](auto seen) { checks.push_back(seen); });
  };
  loop_.Post([&] { EXPECT_TRUE(check().ok()); });
  scheduler_.RunFor(absl::Seconds(5));
  ASSERT_EQ(checks.size(), 1u);
  EXPECT_EQ(checks[0].status.code(), StatusCode::kDeadlineExceeded);
  loop_.Post([&] { EXPECT_EQ(check().code(), StatusCode::kUnavailable); });
  scheduler_.RunFor(absl::Seconds(5));
  EXPECT_EQ(checks.size(), 1u);
}

TEST_F(SamplerTest, ACheckOfASensorThatGoesIsAnswered) {
  worker_takes_ = absl::Seconds(2);
  Add("file/slow", {Named({"slow"})}, /*with_worker=*/true);
  Start();
  scheduler_.RunFor(absl::Milliseconds(1000));
  Status seen;
  loop_.Post([&] {
    EXPECT_TRUE(sampler_->CheckSensor("file/slow", [&](auto check) { seen = check.status; }).ok());
    sampler_->Replace({"file/slow"}, {});
  });
  scheduler_.RunFor(absl::Seconds(5));
  EXPECT_EQ(seen.code(), StatusCode::kAborted);
}

TEST_F(SamplerTest, AGroupThatChangesKeepsWhatItHadInTheSameBatch) {
  const auto sensor = Add("system/system", {Named({"a", "b"}), Named({"c"})});
  Start();
  scheduler_.RunFor(absl::Milliseconds(3500));
  sensor->Become({Named({"b", "d"}), Named({"c"})});
  scheduler_.RunFor(absl::Seconds(3));
  sensor->Become({Named({}), Named({"c"})});
  scheduler_.RunFor(absl::Seconds(1));
  Stop();
  EXPECT_EQ(values_["a"].size(), 3u);
  EXPECT_EQ(values_["b"].size(), 6u);
  EXPECT_EQ(values_["d"].size(), 3u);
  EXPECT_EQ(values_["c"].size(), 7u);
  EXPECT_EQ(HealthOf("system/system").series, 1u);
}

TEST_F(SamplerTest, AGroupThatChangesForAndBackAtEachTickLosesNothing) {
  const auto sensor = Add("system/system", {Named({"a"})});
  Start();
  scheduler_.RunFor(absl::Milliseconds(500));
  for (int i = 0; i < 600; ++i) {
    sensor->Become({i % 2 == 0 ? Named({"b"}) : Named({"a"})});
    scheduler_.RunFor(absl::Seconds(1));
  }
  Stop();
  EXPECT_EQ(values_["a"].size(), 300u);
  EXPECT_EQ(values_["b"].size(), 300u);
  EXPECT_LE(batches_, 61u) << "one each 10 s, and the last: a change seals no batch";
  EXPECT_EQ(tables_.size(), 2u);
}

// Each change closes twelve blocks: a batch has place for 256, those still open included.
TEST_F(SamplerTest, ManyGroupsThatChangeTogetherFitABatch) {
  constexpr int kGroups = 12;
  const auto named = [](const std::string& prefix) {
    std::vector<Table> tables;
    for (int i = 0; i < kGroups; ++i) tables.push_back(Named({Cat(prefix, i)}));
    return tables;
  };
  const auto sensor = Add("system/system", named("a"));
  Start(100, absl::Minutes(10));
  scheduler_.RunFor(absl::Milliseconds(500));
  for (int i = 0; i < 100; ++i) {
    sensor->Become(named(i % 2 == 0 ? "b" : "a"));
    scheduler_.RunFor(absl::Seconds(1));
  }
  Stop();
  EXPECT_EQ(values_["a0"].size(), 50u);
  EXPECT_EQ(values_["b11"].size(), 50u);
}

TEST_F(SamplerTest, SeriesThatAreRenamedWithoutEndMakeFewTablesAndOthersGoOn) {
  const auto sensor = Add("system/system", {Named({"stays", "0"}), Named({"other"})});
  Start();
  scheduler_.RunFor(absl::Milliseconds(500));
  for (int i = 1; i <= 3600; ++i) {
    sensor->Become({Named({std::to_string(i), "stays"}), Named({"other"})});
    scheduler_.RunFor(absl::Seconds(1));
  }
  // What waits is counted.
  EXPECT_EQ(HealthOf("system/system").waiting, 1u);
  EXPECT_EQ(HealthOf("system/system").not_sampled, 1u);
  EXPECT_EQ(HealthOf("system/system").series, 2u);
  Stop();
  EXPECT_EQ(values_["other"].size(), 3600u);
  EXPECT_EQ(values_["stays"].size(), 3600u);
  for (size_t i = 0; i < 3600; ++i) {
    ASSERT_EQ(values_["stays"][i], Value(static_cast<int64_t>(i + 1)));
  }
  EXPECT_LE(tables_.size(), 2u + kNewLayoutsBurst + 48);
  EXPECT_GE(tables_.size(), kNewLayoutsBurst + 48u);
  EXPECT_LE(batches_, 361u);
}

TEST_F(SamplerTest, TheFirstChangesAreTakenAtTheNextTickAndThoseThatWaitTogether) {
  const auto sensor = Add("system/system", {Named({"0"})});
  Start();
  scheduler_.RunFor(absl::Milliseconds(1500));
  std::vector<std::string> names = {"0"};
  for (int i = 1; i <= kNewLayoutsBurst + 10; ++i) {
    names.push_back(std::to_string(i));
    sensor->Become({Named(names)});
    scheduler_.RunFor(absl::Seconds(1));
    EXPECT_EQ(HealthOf("system/system").waiting,
              static_cast<uint64_t>(std::max(i - kNewLayoutsBurst, 0)));
  }
  scheduler_.RunFor(kNewLayoutPeriod - absl::Seconds(kNewLayoutsBurst + 10));
  EXPECT_EQ(HealthOf("system/system").waiting, 10u);
  scheduler_.RunFor(absl::Seconds(1));
  EXPECT_EQ(HealthOf("system/system").waiting, 0u);
  EXPECT_EQ(HealthOf("system/system").not_sampled, 0u);
  Stop();
  EXPECT_EQ(tables_.size(), kNewLayoutsBurst + 2u);
  EXPECT_EQ(values_["26"].size(), values_["17"].size());
}

TEST_F(SamplerTest, ASeriesThatIsGoneIsNullWhileItsLayoutIsStillSampled) {
  const auto sensor = Add("system/system", {Named({"goes", "stays"})});
  Start();
  scheduler_.RunFor(absl::Milliseconds(500));
  for (int i = 0; i < kNewLayoutsBurst; ++i) {
    sensor->Become({Named({"goes", "stays", std::to_string(i)})});
    scheduler_.RunFor(absl::Seconds(1));
  }
  sensor->Become({Named({"stays"})});
  scheduler_.RunFor(absl::Seconds(10));
  EXPECT_EQ(HealthOf("system/system").waiting, 0u) << "nothing new waits";
  Stop();
  EXPECT_EQ(values_["stays"].size(), kNewLayoutsBurst + 10u);
  EXPECT_EQ(Nulls("stays"), 0u);
  EXPECT_EQ(Nulls("goes"), 10u);
}

TEST_F(SamplerTest, ASeriesOfTwoSensorsIsTheFirstOnes) {
  Add("pattern/one", {Named({"a", "b"})});
  Add("pattern/two", {Named({"b", "c"})});
  Start();
  scheduler_.RunFor(absl::Seconds(5));
  EXPECT_EQ(HealthOf("pattern/two").series, 1u);
  EXPECT_EQ(HealthOf("pattern/two").not_sampled, 1u);
  Stop();
  EXPECT_EQ(values_["b"].size(), values_["a"].size());
  EXPECT_EQ(values_["c"].size(), values_["a"].size());
}

TEST_F(SamplerTest, SeriesBeyondTheDevicesLimitAreCountedAndNotSampled) {
  Add("pattern/one", {Named({"a", "b"})});
  const auto flood = Add("pattern/two", {Named({"c"})});
  Start(/*max_series=*/4);
  scheduler_.RunFor(absl::Milliseconds(1500));
  std::vector<std::string> names = {"c"};
  for (int i = 0; i < 1000; ++i) names.push_back(std::to_string(i));
  flood->Become({Named(names)});
  scheduler_.RunFor(absl::Seconds(3));
  EXPECT_EQ(HealthOf("pattern/two").series, 2u);
  EXPECT_EQ(HealthOf("pattern/two").not_sampled, 999u);
  flood->Become({Named({"d", "e"})});
  scheduler_.RunFor(absl::Seconds(1));
  EXPECT_EQ(HealthOf("pattern/two").not_sampled, 0u);
  Stop();
  EXPECT_EQ(values_["0"].size(), 3u);
  EXPECT_TRUE(values_["1"].empty());
  EXPECT_EQ(values_["e"].size(), 1u);
}

TEST_F(SamplerTest, WhatDoesNotChangeInAReloadMissesNoTick) {
  Add("pattern/stays", {Named({"stays"})});
  Add("pattern/goes", {Named({"goes"})});
  Start();
  scheduler_.RunFor(absl::Seconds(5));
  Add("pattern/comes", {Named({"comes"})});
  loop_.Post([this] { sampler_->Replace({"pattern/goes"}, std::exchange(sensors_, {})); });
  scheduler_.RunFor(absl::Seconds(5));
  Stop();
  ASSERT_EQ(values_["stays"].size(), 10u);
  for (size_t i = 0; i < 10; ++i)
    EXPECT_EQ(values_["stays"][i], Value(static_cast<int64_t>(i + 1)));
  EXPECT_EQ(values_["goes"].size(), 5u);
  EXPECT_EQ(values_["comes"].size(), 5u);
}

TEST_F(SamplerTest, AFailureIsCountedAndItsErrorKept) {
  const auto sensor = Add("file/x", {Named({"x"})});
  Start();
  scheduler_.RunFor(absl::Seconds(2));
  sensor->status = Error(StatusCode::kNotFound, "gone");
  scheduler_.RunFor(absl::Seconds(3));
  EXPECT_EQ(HealthOf("file/x").state, SensorState::kFailing);
  sensor->status = absl::OkStatus();
  scheduler_.RunFor(absl::Seconds(1));
  EXPECT_EQ(HealthOf("file/x").state, SensorState::kGood);
  EXPECT_EQ(HealthOf("file/x").failures, 3u);
  EXPECT_EQ(HealthOf("file/x").error, "gone");
}

TEST_F(SamplerTest, AGroupThatIsReadAtEveryTenthTickHasItsFirstRowAtOnceAndThenAGridOfItsOwn) {
  Add("system/system", {Named({"fast"}), Named({"slow"})})->steps = {1, 10};
  Start();
  scheduler_.RunFor(absl::Seconds(35));
  Stop();
  EXPECT_EQ(values_["fast"].size(), 35u);
  EXPECT_EQ(values_["slow"][0], Value(int64_t{1}));
  EXPECT_EQ(intervals_["fast"], absl::Seconds(1));
  EXPECT_EQ(intervals_["slow"], absl::Seconds(10));
  const std::vector<absl::Time>& times = times_["slow"];
  ASSERT_GE(times.size(), 4u);
  for (size_t i = 1; i < times.size(); ++i) {
    EXPECT_EQ(absl::ToUnixSeconds(times[i]) % 10, 0) << times[i];
    EXPECT_LE(times[i] - times[i - 1], absl::Seconds(10));
  }
}

TEST_F(SamplerTest, WhileTheWallClockStepsNoRowOfASlowGroupComesLate) {
  Add("system/system", {Named({"slow"})})->steps = {10};
  Start();
  for (int i = 0; i < 20; ++i) {
    scheduler_.RunFor(absl::Seconds(7));
    clock_.Step(absl::Seconds(3));
  }
  Stop();
  const std::vector<Value>& ticks = values_["slow"];
  for (size_t i = 1; i < ticks.size(); ++i) {
    EXPECT_LE(std::get<int64_t>(ticks[i]) - std::get<int64_t>(ticks[i - 1]), 10);
  }
  EXPECT_GE(ticks.size(), 14u);
}

TEST_F(SamplerTest, AReadingThatCannotBlockIsDoneAtOnceAlthoughTheSensorHasAWorker) {
  const auto sensor = Add("system/system", {Named({"a"})}, /*with_worker=*/true);
  sensor->may_block = false;
  worker_takes_ = absl::Hours(1);
  Start();
  scheduler_.RunFor(absl::Seconds(5));
  Stop();
  EXPECT_EQ(values_["a"].size(), 5u);
  EXPECT_EQ(Nulls("a"), 0u);
}

}  // namespace
}  // namespace godwit::agent
