// Commands through everything that can befall a device, its card and its collector: each runs at
// most once, and each comes to an end that is true. The scenarios are those of the explicit-state
// model of the rules: power cuts, a copied card, a restored image, a restored collector.
#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/sim/lives.h"
#include "tests/sim/world.h"

namespace godwit::sim {
namespace {

using collector::CommandRow;
using collector::CommandState;

constexpr int kSteps = 40;
constexpr absl::Duration kLifeMax = absl::Minutes(10);

class CommandLife {
 public:
  explicit CommandLife(uint64_t seed)
      : world_(seed, {.acted = &acted_, .counts_only = true}), copies_cards_(seed % 2 == 0) {}

  void Run() {
    world_.StartCollector();
    world_.StartMachine(world_.device());
    world_.RunFor(absl::Minutes(1));
    for (int step = 0; step < kSteps; ++step) {
      world_.IssueCommand(std::to_string(step),
                          absl::Seconds(5) + world_.scheduler.DrawUpTo(kLifeMax));
      world_.RunFor(world_.scheduler.DrawUpTo(absl::Seconds(20)));
      Befall(world_.scheduler.Draw() % 10);
    }
    // Peace: every life is over, and every device has had its session.
    world_.device().disk.set_sync_fails(false);
    if (!world_.collector_up()) world_.StartCollector();
    for (const auto& machine : world_.machines) world_.StartMachine(*machine);
    world_.RunFor(kLifeMax + absl::Hours(2));
  }

  std::string Violations() {
    std::string text = world_.Violations();
    for (const auto& [number, times] : acted_) {
      if (times > 1) text += Cat("command ", number, " ran ", times, " times; ");
    }
    const auto rows = *world_.store.Commands(world_.store.Devices()->front().key, 1000);
    for (const CommandRow& row : rows) {
      const std::string& number = row.command.arguments.at("number");
      const int times = acted_.contains(number) ? acted_.at(number) : 0;
      ++states[row.state];
      const bool ran = row.state == CommandState::kDone || row.state == CommandState::kFailed;
      if (ran && times == 0) text += Cat("command ", number, " is done and never ran; ");
      const bool never = row.state == CommandState::kRefused || row.state == CommandState::kExpired;
      if (never && times > 0 && !restored_)
        text += Cat("command ", number, " ran, and is reported as never started; ");
      if (row.state == CommandState::kStarted)
        text += Cat("command ", number, " is started for ever; ");
    }
    return text;
  }

  std::map<CommandState, int> states;

 private:
  void Befall(uint64_t what) {
    SimMachine& device = world_.device();
    switch (what) {
      case 0:
        device.Kill();
        return world_.StartMachine(device);
      case 1:
        device.PowerCut();
        return world_.StartMachine(device);
      case 2:
        return device.PowerCutSoon();
      case 3:
        return world_.network.Cut();
      case 4:
        return world_.network.BlackHoleFor(world_.scheduler.DrawUpTo(absl::Minutes(1)));
      case 5:
        world_.KillCollector();
        world_.RunFor(world_.scheduler.DrawUpTo(absl::Seconds(20)));
        return world_.StartCollector();
      case 6:
        return device.disk.set_sync_fails(world_.scheduler.Chance(500), 300);
      case 7:
        return copies_cards_ ? CopyOnce() : BackUpAndRestore();
      case 8:
        if (copies_cards_) PutImageBack();
        return;
      default:
        return;
    }
  }

  void CopyOnce() {
    if (world_.machines.size() == 1) world_.CopyCard(world_.device());
  }

  void PutImageBack() {
    SimMachine& device = world_.device();
    if (!device.has_image()) return device.TakeImage();
    device.PowerCut();
    device.RestoreImage();
    world_.StartMachine(device);
  }

  void BackUpAndRestore() {
    if (!world_.has_backup()) return world_.TakeBackup();
    world_.KillCollector();
    world_.RestoreBackup();
    restored_ = true;
    world_.StartCollector();
  }

  std::map<std::string, int> acted_;
  World world_;
  const bool copies_cards_;
  bool restored_ = false;
};

TEST(Commands, RunAtMostOnceAndEndTruthfullyInEveryLife) {
  std::map<CommandState, int> states;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    CommandLife life(seed);
    life.Run();
    ASSERT_EQ(life.Violations(), "") << "seed " << seed;
    for (const auto& [state, count] : life.states) states[state] += count;
  }
  for (const CommandState state : {CommandState::kDone, CommandState::kRefused,
                                   CommandState::kOutcomeUnknown, CommandState::kWaiting}) {
    EXPECT_GT(states[state], 0) << CommandStateName(state);
  }
}

TEST(Commands, AreAnsweredAtOnceByAConnectedDevice) {
  std::map<std::string, int> acted;
  World world(1, {.acted = &acted});
  world.StartCollector();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(1));
  world.IssueCommand("7", absl::Minutes(1));
  world.RunFor(absl::Seconds(10));
  EXPECT_EQ(acted["7"], 1);
  const auto rows = *world.store.Commands(world.store.Devices()->front().key, 10);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].state, CommandState::kDone);
  EXPECT_EQ(rows[0].output, "acted");
}

TEST(Commands, WaitForADeviceThatIsAwayUntilTheirLifeIsOver) {
  std::map<std::string, int> acted;
  World world(1, {.acted = &acted});
  world.StartCollector();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(1));
  world.device().Kill();
  world.IssueCommand("short", absl::Minutes(1));
  world.IssueCommand("long", absl::Minutes(30));
  world.RunFor(absl::Minutes(5));
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(1));
  EXPECT_EQ(acted["short"], 0);
  EXPECT_EQ(acted["long"], 1);
}

}  // namespace
}  // namespace godwit::sim
