// The table of what is counted of each sensor.
#include "base/sensor_counters.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace godwit {
namespace {

// With a field for each counter, as a message has.
struct Message {
#define GODWIT_ROW(name, ...)       \
  uint64_t name##_ = 0;             \
  void set_##name(uint64_t value) { \
    name##_ = value;                \
  }                                 \
  uint64_t name() const {           \
    return name##_;                 \
  }
  GODWIT_SENSOR_COUNTERS(GODWIT_ROW)
#undef GODWIT_ROW
};

TEST(SensorCountersTest, AMessageBringsEachCounterBack) {
  SensorCounters counters;
  uint64_t number = 0;
  for (const SensorCounter& counter : kSensorCounters) counters.*counter.member = ++number;
  Message message;
  PutSensorCounters(counters, message);
  const SensorCounters back = SensorCountersIn(message);
  for (const SensorCounter& counter : kSensorCounters) {
    EXPECT_EQ(back.*counter.member, counters.*counter.member) << counter.name;
  }
}

TEST(SensorCountersTest, EachRowHasANameAndAKeyOfItsOwnAndAMetricWhereItsSumIsSampled) {
  std::set<std::string_view> names;
  std::set<std::string_view> keys;
  for (const SensorCounter& counter : kSensorCounters) {
    EXPECT_TRUE(names.insert(counter.name).second) << counter.name;
    EXPECT_TRUE(keys.insert(counter.key).second) << counter.key;
    EXPECT_EQ(counter.sum == SumOfSensors::kNone, std::string(counter.metric).empty())
        << counter.name;
    EXPECT_EQ(std::string(counter.one).empty(), std::string(counter.many).empty()) << counter.name;
  }
}

// A store keeps them in this order, and programs read these keys.
TEST(SensorCountersTest, TheOrderAndTheKeysOfTheFirstOnesArePermanent) {
  constexpr std::string_view kFirst[] = {"readings", "failures",    "given_up", "missed",
                                         "series",   "not_sampled", "refused"};
  for (size_t i = 0; i < std::size(kFirst); ++i) EXPECT_EQ(kSensorCounters[i].key, kFirst[i]);
}

}  // namespace
}  // namespace godwit
