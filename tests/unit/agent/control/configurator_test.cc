// The order in which a configuration is written down, tried and taken back, over a disk that is
// read again after each step.
#include "agent/control/configurator.h"

#include <gtest/gtest.h>

#include "agent/control/limits.h"
#include "tests/sim/sim_file_system.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::agent {
namespace {

const BootId kBoot(16, 'b');
const OfferId kOffer(16, 'o');
constexpr char kFolder[] = "/state";

Revision Named(char name) {
  return {.offer = OfferId(16, name), .id = RevisionId(16, name), .text = std::string(1, name)};
}

// Runs trials without a device, and says when.
class TestRunner final : public TrialRunner {
 public:
  std::function<void()> on_begin = [] {};
  Ended ended;
  std::vector<TrialEnd> ends;

  Status Begin(const Revision&, absl::Duration, Ended when_ended) override {
    on_begin();
    ended = std::move(when_ended);
    return absl::OkStatus();
  }
  void End(TrialEnd end) override { ends.push_back(end); }
  void SessionOpened(const OpenedSession&) override {}
  void SessionLost() override {}
};

class ConfiguratorTest : public testing::Test {
 protected:
  void Start(const ConfigurationState& state) {
    file_ = *ConfigurationFile::Open(disk_, kFolder);
    ASSERT_TRUE(file_->Save(state).ok());
    configurator_ = std::make_unique<Configurator>(
        options_, state, file_.get(), absl::OkStatus(),
        Configurator::Dependencies{.loop = loop_, .storage = storage_, .trials = trials_});
  }

  // Needs nothing of a collector: the device's own files alone are wanted.
  void OfferOwnFiles() {
    v1::RevisionOffer offer;
    offer.set_offer_id(kOffer);
    configurator_->OnOffer(offer);
    scheduler_.RunFor(absl::Seconds(1));
  }

  // What a start would find if the power went now.
  ConfigurationState Durable() {
    sim::SimFileSystem after(scheduler_);
    after.CopyFrom(disk_);
    after.PowerCut();
    return (*ConfigurationFile::Open(after, kFolder))->state();
  }

  ConfigureOptions options_{.enabled = true,
                            .files_hash = "hash",
                            .own_files = {{"agent.toml", "own"}},
                            .boot_id = kBoot};
  sim::SimScheduler scheduler_{1};
  sim::SimFileSystem disk_{scheduler_};
  sim::SimExecutor loop_{scheduler_};
  sim::SimExecutor storage_{scheduler_};
  TestRunner trials_;
  std::unique_ptr<ConfigurationFile> file_;
  std::unique_ptr<Configurator> configurator_;
};

TEST_F(ConfiguratorTest, AnOfferThatKillsTheAgentWhileItIsReadIsNotReadAgain) {
  ConfigurationState state;
  state.confirmed = Named('x');
  state.files_hash = "hash";
  Start(state);
  std::optional<ConfigurationState> at_death;
  trials_.on_begin = [&] { at_death = Durable(); };
  OfferOwnFiles();
  ASSERT_TRUE(at_death);
  const ConfigurationState next = AfterStart(*at_death, "hash", kBoot);
  EXPECT_TRUE(HasEnded(next, kOffer));
  EXPECT_EQ(next.last.state, OfferState::kFailed);
  EXPECT_TRUE(next.last.reason.starts_with("crash: ")) << next.last.reason;
  EXPECT_EQ(next.confirmed, Named('x'));
}

TEST_F(ConfiguratorTest, TheOwnFilesInForceAreKeptFromTheTrialOnUntilOthersRuleAlone) {
  ConfigurationState state;
  state.confirmed = Named('x');
  state.files_hash = "hash";
  Start(state);
  EXPECT_TRUE(Durable().kept.empty());
  OfferOwnFiles();
  EXPECT_EQ(Durable().kept, options_.own_files);
  // Whatever the files say by now.
  trials_.ended({.kind = TrialVerdict::Kind::kFailed, .reason = "flood: too much"});
  scheduler_.RunFor(absl::Seconds(2));
  EXPECT_EQ(trials_.ends, std::vector{TrialEnd::kGoesBack});
  EXPECT_EQ(Durable().kept, options_.own_files);
  EXPECT_EQ(Durable().confirmed, Named('x'));
  configurator_->OwnFilesChanged();
  scheduler_.RunFor(absl::Seconds(1));
  EXPECT_TRUE(Durable().kept.empty());
  EXPECT_EQ(Durable().confirmed, Revision());
}

TEST_F(ConfiguratorTest, WithMoreOwnFilesThanCanBeKeptNothingIsTried) {
  options_.own_files.push_back({"conf.d/1.toml", std::string(kKeptFilesBytesMax, '#')});
  ConfigurationState state;
  state.confirmed = Named('x');
  Start(state);
  bool started = false;
  trials_.on_begin = [&] { started = true; };
  OfferOwnFiles();
  EXPECT_FALSE(started);
  EXPECT_EQ(configurator_->state(), state);
}

}  // namespace
}  // namespace godwit::agent
