// The seed farm and the shrinker over a runner that breaks on purpose.
#include "tests/sim/seed_farm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "tests/sim/seed_messages.h"
#include "tests/sim/shrink.h"

namespace godwit::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr uint64_t kAborts = 3;
constexpr uint64_t kHangs = 5;
constexpr uint64_t kExits = 6;
constexpr uint64_t kBreaks = 7;
constexpr uint64_t kSound = 8;
// Breaks as kBreaks does, by an abort.
constexpr uint64_t kAbortsOnTwoFaults = 9;
constexpr uint64_t kFaults = 10;

// A life of ten faults, one a minute. Two seeds break where faults 3 and 7 are both present.
SeedResult FakeSeed(uint64_t seed, const LifeOptions& options) {
  SeedResult result;
  result.history = seed * 1000;
  result.simulated = absl::Hours(2);
  result.device_time = absl::Hours(4);
  std::set<uint64_t> present;
  for (uint64_t number = 1; number <= kFaults; ++number) {
    if (options.left_out.contains(number)) continue;
    const StruckFault fault{number, absl::Minutes(number), Cat("fault ", number)};
    if (options.on_fault) options.on_fault(fault);
    result.struck.push_back(fault);
    ++result.faults[fault.name];
    present.insert(number);
  }
  ++result.states[Cat("seed is ", seed % 2 == 0 ? "even" : "odd")];
  const bool both = present.contains(3) && present.contains(7);
  if (seed == kAborts || (seed == kAbortsOnTwoFaults && both)) {
    std::fprintf(stderr, "BUG: a check\n  of seed %d failed\n", static_cast<int>(seed));
    std::abort();
  }
  while (seed == kHangs) pause();
  if (seed == kExits) _exit(3);
  if (seed == kBreaks && both) result.violations = "3 and 7:\nboth are present";
  return result;
}

FarmOptions Farm(uint64_t processes = 2) {
  return {.runner = FakeSeed, .processes = processes, .seed_time_max = absl::Seconds(3)};
}

std::vector<uint64_t> Numbers(const std::vector<StruckFault>& faults) {
  std::vector<uint64_t> numbers;
  for (const StruckFault& fault : faults) numbers.push_back(fault.number);
  return numbers;
}

TEST(SeedFarm, NamesEachBrokenSeedAndHowItBroke) {
  const FarmResult result = RunSeeds(1, 12, Farm());
  ASSERT_EQ(result.broken.size(), 5u);
  EXPECT_EQ(result.broken[0].seed, kAborts);
  EXPECT_THAT(result.broken[0].violations, StartsWith("ended by signal 6 (Aborted)"));
  EXPECT_EQ(result.broken[1].seed, kHangs);
  EXPECT_EQ(result.broken[1].violations, "hangs: not finished after 3s");
  EXPECT_EQ(result.broken[2].seed, kExits);
  EXPECT_EQ(result.broken[2].violations, "ended by exit code 3");
  EXPECT_EQ(result.broken[3].seed, kBreaks);
  EXPECT_EQ(result.broken[3].violations, "3 and 7:\nboth are present");
  EXPECT_EQ(result.broken[4].seed, kAbortsOnTwoFaults);
}

TEST(SeedFarm, RepeatsWhatAnAbortedSeedWroteOnStandardError) {
  const FarmResult result = RunSeeds(kAborts, 1, Farm());
  ASSERT_EQ(result.broken.size(), 1u);
  EXPECT_THAT(result.broken[0].violations, HasSubstr(": BUG: a check of seed 3 failed"));
}

TEST(SeedFarm, KnowsTheFaultsOfASeedThatDidNotFinish) {
  const FarmResult result = RunSeeds(kAborts, 1, Farm());
  ASSERT_EQ(result.broken.size(), 1u);
  EXPECT_FALSE(result.broken[0].finished);
  EXPECT_THAT(Numbers(result.broken[0].struck), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_EQ(result.broken[0].struck[1].name, "fault 2");
  EXPECT_EQ(result.broken[0].struck[1].at, absl::Minutes(2));
}

TEST(SeedFarm, RunsEverySeedOnceAndAddsTheirResults) {
  const FarmResult result = RunSeeds(100, 40, Farm(3));
  EXPECT_THAT(result.broken, IsEmpty());
  EXPECT_EQ(result.seeds, 40u);
  EXPECT_EQ(result.histories.size(), 40u);
  EXPECT_EQ(result.histories.at(139), 139'000u);
  EXPECT_EQ(result.faults.at("fault 10"), 40u);
  EXPECT_EQ(result.states.at("seed is odd"), 20u);
  EXPECT_EQ(result.simulated, absl::Hours(80));
  EXPECT_EQ(result.device_time, absl::Hours(160));
}

TEST(SeedFarm, GivesTheSameResultForAnyNumberOfProcesses) {
  const FarmResult one = RunSeeds(6, 30, Farm(1));
  const FarmResult four = RunSeeds(6, 30, Farm(4));
  EXPECT_EQ(one.histories, four.histories);
  EXPECT_EQ(one.faults, four.faults);
  EXPECT_EQ(one.states, four.states);
  EXPECT_EQ(one.simulated, four.simulated);
  EXPECT_EQ(one.device_time, four.device_time);
  ASSERT_EQ(one.broken.size(), 3u);
  ASSERT_EQ(four.broken.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(one.broken[i].seed, four.broken[i].seed);
    EXPECT_EQ(one.broken[i].violations, four.broken[i].violations);
    EXPECT_EQ(Numbers(one.broken[i].struck), Numbers(four.broken[i].struck));
  }
}

TEST(SeedFarm, GivesTheSameResultInThisProcess) {
  const FarmResult farmed = RunSeeds(kBreaks, 2, Farm());
  const FarmResult here = RunSeedsInThisProcess(kBreaks, 2, Farm());
  EXPECT_EQ(farmed.histories, here.histories);
  EXPECT_EQ(farmed.faults, here.faults);
  ASSERT_EQ(here.broken.size(), 1u);
  EXPECT_EQ(farmed.broken[0].violations, here.broken[0].violations);
}

TEST(Shrinker, LeavesExactlyTheFaultsThatBreakTheSeed) {
  const ShrunkSeed shrunk = Shrink(kBreaks, {.farm = Farm()});
  EXPECT_THAT(Numbers(shrunk.struck), ElementsAre(3, 7));
  EXPECT_EQ(shrunk.struck_before, kFaults);
  EXPECT_EQ(shrunk.violations, "3 and 7:\nboth are present");
  EXPECT_FALSE(shrunk.limited);
}

TEST(Shrinker, ShortensASeedThatAborts) {
  const ShrunkSeed shrunk = Shrink(kAbortsOnTwoFaults, {.farm = Farm()});
  EXPECT_THAT(Numbers(shrunk.struck), ElementsAre(3, 7));
  EXPECT_THAT(shrunk.violations, HasSubstr("of seed 9 failed"));
}

TEST(Shrinker, LeavesNoFaultOfASeedThatBreaksWithoutAny) {
  EXPECT_THAT(Shrink(kAborts, {.farm = Farm()}).struck, IsEmpty());
  FarmOptions impatient = Farm();
  impatient.seed_time_max = absl::Milliseconds(300);
  const ShrunkSeed hanging = Shrink(kHangs, {.farm = impatient});
  EXPECT_THAT(hanging.struck, IsEmpty());
  EXPECT_THAT(hanging.violations, StartsWith("hangs"));
}

TEST(Shrinker, StopsAtTheLargestNumberOfTrials) {
  const ShrunkSeed shrunk = Shrink(kBreaks, {.farm = Farm(), .trials_max = 4});
  EXPECT_EQ(shrunk.trials, 4u);
  EXPECT_TRUE(shrunk.limited);
  EXPECT_NE(shrunk.violations, "");
}

TEST(Shrinker, FindsNothingInASoundSeed) {
  const ShrunkSeed shrunk = Shrink(kSound, {.farm = Farm()});
  EXPECT_EQ(shrunk.violations, "");
  EXPECT_THAT(shrunk.struck, IsEmpty());
  EXPECT_EQ(shrunk.trials, 1u);
}

TEST(SeedMessages, AreTakenOnlyWhenTheyAreComplete) {
  const std::string whole = Encode(FakeSeed(kBreaks, {}));
  for (size_t size = 0; size < whole.size(); ++size) {
    std::string part = whole.substr(0, size);
    ASSERT_FALSE(TakeMessage(part).has_value()) << size;
    ASSERT_EQ(part.size(), size);
  }
  std::string two = whole + Encode(SeedStarted{17});
  const auto first = TakeMessage(two);
  ASSERT_TRUE(first && std::holds_alternative<SeedResult>(*first));
  EXPECT_EQ(std::get<SeedResult>(*first).violations, "3 and 7:\nboth are present");
  const auto second = TakeMessage(two);
  ASSERT_TRUE(second && std::holds_alternative<SeedStarted>(*second));
  EXPECT_EQ(std::get<SeedStarted>(*second).seed, 17u);
  EXPECT_EQ(two, "");
}

}  // namespace
}  // namespace godwit::sim
