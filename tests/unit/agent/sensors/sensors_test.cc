#include <gtest/gtest.h>

#include <map>

#include "agent/sensors/factories.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// Kernel files as a map; a test changes them between readings.
class TextInput final : public SensorInput {
 public:
  std::map<std::string, std::string> files;

  StatusOr<std::unique_ptr<SensorFile>> Open(const std::string& path) override {
    if (!files.contains(path)) return Error(StatusCode::kNotFound, Cat("open ", path));
    return std::make_unique<File>(files[path]);
  }

 private:
  class File final : public SensorFile {
   public:
    explicit File(const std::string& text) : text_(text) {}
    StatusOr<std::string_view> Read() override { return std::string_view(text_); }

   private:
    const std::string& text_;
  };
};

TextInput Machine() {
  TextInput input;
  input.files["/proc/stat"] =
      "cpu  1001 2 303 40004 5 6 7 8 900 10\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 5\n";
  input.files["/proc/loadavg"] = "0.52 0.58 0.59 1/257 12345\n";
  input.files["/proc/meminfo"] =
      "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    600 kB\n"
      "Buffers:          30 kB\nCached:          200 kB\nSwapCached:        9 kB\n";
  return input;
}

Readings EmptyFor(const Sensor& sensor) {
  Readings readings;
  for (const Table& table : sensor.groups()) readings.emplace_back(table.series.size());
  return readings;
}

std::map<std::string, Value> ByName(const Sensor& sensor, const Readings& readings) {
  std::map<std::string, Value> values;
  for (size_t g = 0; g < readings.size(); ++g) {
    for (size_t i = 0; i < readings[g].size(); ++i) {
      values[SeriesText(sensor.groups()[g].series[i])] = readings[g][i];
    }
  }
  return values;
}

TEST(SystemSensorTest, ReadsTheKernelsFilesUnderOpenTelemetrysNames) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor({.include = {"cpu", "load", "memory"}}, input);
  ASSERT_TRUE(sensor.ok()) << sensor.status();
  EXPECT_EQ((*sensor)->groups().size(), 3u);
  Readings readings = EmptyFor(**sensor);
  ASSERT_TRUE((*sensor)->Read({.number = 1}, readings).ok());
  auto values = ByName(**sensor, readings);
  EXPECT_EQ(values["system.cpu.time{cpu.mode=user}"], Value(10.01));
  EXPECT_EQ(values["system.cpu.time{cpu.mode=steal}"], Value(0.08));
  EXPECT_EQ(values["system.cpu.load_average.1m"], Value(0.52));
  EXPECT_EQ(values["system.memory.usage{system.memory.state=used}"], Value(int64_t{400 * 1024}));
  EXPECT_EQ(values["system.memory.usage{system.memory.state=cached}"], Value(int64_t{200 * 1024}));
  EXPECT_EQ(values["system.memory.limit"], Value(int64_t{1000 * 1024}));
}

TEST(SystemSensorTest, APartThatCannotBeReadLeavesTheOthersAlone) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor({.include = {"cpu", "load"}}, input);
  input.files["/proc/stat"] = "nonsense";
  Readings readings = EmptyFor(**sensor);
  const Status status = (*sensor)->Read({.number = 1}, readings);
  EXPECT_FALSE(status.ok());
  auto values = ByName(**sensor, readings);
  EXPECT_EQ(values["system.cpu.time{cpu.mode=user}"], Value());
  EXPECT_EQ(values["system.cpu.load_average.5m"], Value(0.58));
}

TEST(SystemSensorTest, EverySourceCutAnywhereIsAnErrorOrAReading) {
  for (const auto& [path, whole] : Machine().files) {
    for (size_t size = 0; size < whole.size(); ++size) {
      TextInput input = Machine();
      input.files[path] = whole.substr(0, size);
      const auto sensor = MakeSystemSensor({.include = {"cpu", "load", "memory"}}, input);
      Readings readings = EmptyFor(**sensor);
      (*sensor)->Read({.number = 1}, readings).IgnoreError();
    }
  }
}

TEST(SystemSensorTest, AMissingSourceIsSaidAtTheStart) {
  TextInput input;
  const auto sensor = MakeSystemSensor({.include = {"cpu"}}, input);
  EXPECT_TRUE(absl::IsNotFound(sensor.status()));
}

TEST(PatternSensorTest, CountIsTheNumberOfTheTick) {
  const auto sensor = MakePatternSensor({.series = 3, .attributes = {{"site", "x"}}});
  ASSERT_TRUE(sensor.ok());
  Readings readings = EmptyFor(**sensor);
  ASSERT_TRUE((*sensor)->Read({.number = 42}, readings).ok());
  EXPECT_EQ(ByName(**sensor, readings)["godwit.pattern.count{index=2,site=x}"], Value(int64_t{42}));
}

TEST(PatternSensorTest, ManySeriesAreSplitIntoGroupsThatFitATable) {
  const auto sensor = MakePatternSensor({.series = 10'000});
  ASSERT_TRUE(sensor.ok());
  EXPECT_EQ((*sensor)->groups().size(), 3u);
}

TEST(PatternSensorTest, SquareIsAStateThatChanges) {
  const auto sensor = MakePatternSensor({.series = 1, .shape = PatternShape::kSquare});
  Readings readings = EmptyFor(**sensor);
  ASSERT_TRUE((*sensor)->Read({.number = 9}, readings).ok());
  EXPECT_EQ(readings[0][0], Value(std::string("low")));
  ASSERT_TRUE((*sensor)->Read({.number = 10}, readings).ok());
  EXPECT_EQ(readings[0][0], Value(std::string("high")));
}

}  // namespace
}  // namespace godwit::agent
