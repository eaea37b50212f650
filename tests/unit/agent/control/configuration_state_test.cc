// What a device remembers of configurations, and what a start makes of it.
#include "agent/control/configuration_state.h"

#include <gtest/gtest.h>

#include "agent/control/limits.h"
#include "base/bytes.h"
#include "base/checksum.h"
#include "tests/sim/sim_file_system.h"

namespace godwit::agent {
namespace {

const OfferId kOffer(16, 'o');
const BootId kBoot(16, 'b');
const BootId kNextBoot(16, 'c');

Revision Named(char name) {
  return {.offer = OfferId(16, name), .id = RevisionId(16, name), .text = std::string(1, name)};
}

ConfigurationState Confirmed() {
  ConfigurationState state;
  state.confirmed = Named('x');
  state.previous = Named('p');
  state.files_hash = "hash";
  state.store_id = "store";
  return state;
}

ConfigurationState OnTrial() {
  ConfigurationState state = Confirmed();
  state.trial = {Named('o'), kBoot};
  return state;
}

TEST(ConfigurationStart, ATrialThatTheAgentDidNotSurviveHasFailed) {
  const ConfigurationState after = AfterStart(OnTrial(), "hash", kBoot);
  EXPECT_FALSE(after.trial);
  EXPECT_EQ(after.confirmed, Named('x'));
  EXPECT_EQ(after.last.state, OfferState::kFailed);
  EXPECT_TRUE(after.last.reason.starts_with("crash: "));
  EXPECT_TRUE(HasEnded(after, kOffer));
}

TEST(ConfigurationStart, ATrialThatThePowerEndedIsTriedAgainThreeTimesInAll) {
  ConfigurationState state = OnTrial();
  for (int times = 1; times < kTriesMax; ++times) {
    state = AfterStart(state, "hash", kNextBoot);
    EXPECT_EQ(state.last.state, OfferState::kApplying) << times;
    EXPECT_FALSE(HasEnded(state, kOffer)) << times;
    state.short_starts = 0;
    state.trial = {Named('o'), kBoot};
  }
  state = AfterStart(state, "hash", kNextBoot);
  EXPECT_EQ(state.last.state, OfferState::kFailed);
  EXPECT_TRUE(HasEnded(state, kOffer));
  EXPECT_EQ(state.confirmed, Named('x'));
}

TEST(ConfigurationStart, OwnFilesThatHaveChangedRuleAlone) {
  const ConfigurationState after = AfterStart(Confirmed(), "another", kBoot);
  EXPECT_EQ(after.confirmed, Revision());
  EXPECT_EQ(after.previous, Revision());
  EXPECT_EQ(after.last.state, OfferState::kUnset);
  EXPECT_EQ(after.last.offer, Named('x').offer);
}

TEST(ConfigurationStart, StartsThatEndSoonLeadBackStepByStep) {
  ConfigurationState state = Confirmed();
  for (int start = 0; start < kShortStartsMax; ++start) state = AfterStart(state, "hash", kBoot);
  EXPECT_EQ(state.confirmed, Named('x'));
  state = AfterStart(state, "hash", kBoot);
  EXPECT_EQ(state.confirmed, Named('p'));
  EXPECT_EQ(state.last.offer, Named('x').offer);
  EXPECT_EQ(state.last.state, OfferState::kFailed);
  for (int start = 0; start < kShortStartsMax; ++start) state = AfterStart(state, "hash", kBoot);
  EXPECT_EQ(state.confirmed, Revision());
}

TEST(ConfigurationStart, WithoutAConfigurationNothingIsWritten) {
  EXPECT_EQ(AfterStart({}, "hash", kBoot), ConfigurationState());
}

TEST(ConfigurationFile, EveryPowerCutLeavesTheStateBeforeOrTheStateAfter) {
  // The simulation cuts at random; here each save is cut at each of its operations.
  for (int operation = 0; operation < 12; ++operation) {
    sim::SimScheduler scheduler(static_cast<uint64_t>(operation) + 1);
    sim::SimFileSystem disk(scheduler);
    auto file = *ConfigurationFile::Open(disk, "/state");
    ASSERT_TRUE(file->Save(Confirmed()).ok());
    int left = operation;
    disk.set_hook([&left](bool after) {
      if (!after && left-- == 0) throw 1;
    });
    bool saved = false;
    try {
      saved = file->Save(OnTrial()).ok();
    } catch (int) {
    }
    disk.set_hook(nullptr);
    file.reset();
    disk.PowerCut();
    const auto again = *ConfigurationFile::Open(disk, "/state");
    if (saved) {
      EXPECT_EQ(again->state(), OnTrial()) << operation;
    } else {
      EXPECT_TRUE(again->state() == Confirmed() || again->state() == OnTrial()) << operation;
    }
    EXPECT_TRUE(again->Save(Confirmed()).ok());
  }
}

TEST(ConfigurationFile, AFileThatIsNotWholeIsPassedOver) {
  sim::SimScheduler scheduler(1);
  sim::SimFileSystem disk(scheduler);
  auto file = *ConfigurationFile::Open(disk, "/state");
  ASSERT_TRUE(file->Save(OnTrial()).ok());
  for (const char* bytes : {"", "GWCFG001", "GWCFG001 and then something else altogether"}) {
    const auto torn = *disk.Create("/state/00000000000000ff.state");
    ASSERT_TRUE(torn->Append(bytes).ok());
    EXPECT_EQ((*ConfigurationFile::Open(disk, "/state"))->state(), OnTrial());
    ASSERT_TRUE(disk.Remove("/state/00000000000000ff.state").ok());
  }
}

// The bytes of an agent that kept no files: state() as OnTrial() has it, less what came later.
std::string OlderBytes(uint64_t number) {
  std::string payload;
  const auto put = [&payload](const Revision& revision) {
    for (const std::string& text : {revision.offer, revision.id, revision.text}) {
      PutText(payload, text);
    }
  };
  put(Named('x'));
  put(Named('p'));
  PutText(payload, "hash");
  PutText(payload, "store");
  Put(payload, uint8_t{1});
  put(Named('o'));
  PutText(payload, kBoot);
  PutText(payload, "");      // tried
  Put(payload, uint8_t{0});  // tries
  Put(payload, uint8_t{0});  // short starts
  PutText(payload, "");      // last: offer
  Put(payload, uint8_t{1});  // unset
  PutText(payload, "");      // reason
  Put(payload, uint8_t{0});  // ended
  std::string bytes = "GWCFG001";
  Put(bytes, Checksum(payload, number));
  return bytes + payload;
}

TEST(ConfigurationFile, TheFileOfAnOlderAgentIsReadAndAnOlderAgentReadsOurs) {
  sim::SimScheduler scheduler(1);
  sim::SimFileSystem disk(scheduler);
  ASSERT_TRUE(disk.CreateDirectories("/state").ok());
  ASSERT_TRUE((*disk.Create("/state/0000000000000001.state"))->Append(OlderBytes(1)).ok());
  const auto file = *ConfigurationFile::Open(disk, "/state");
  EXPECT_EQ(file->state(), OnTrial());

  // It passes over what follows the bytes that it knows.
  ConfigurationState state = OnTrial();
  state.kept = {{"/etc/godwit/agent.toml", "[agent]\n"}, {"/etc/godwit/conf.d/1.toml", ""}};
  ASSERT_TRUE(file->Save(state).ok());
  EXPECT_EQ((*ConfigurationFile::Open(disk, "/state"))->state(), state);
  const std::string ours = *(*disk.Open("/state/0000000000000002.state"))->ReadAt(0, 4096);
  constexpr size_t kHead = 16;  // magic and checksum
  EXPECT_EQ(ours.substr(kHead).rfind(OlderBytes(2).substr(kHead), 0), 0u);
}

TEST(ConfigurationFile, AsMuchAsMayBeKeptIsReadAgain) {
  sim::SimScheduler scheduler(1);
  sim::SimFileSystem disk(scheduler);
  ConfigurationState state = OnTrial();
  for (Revision* revision : {&state.confirmed, &state.previous, &state.trial->revision}) {
    revision->text.assign(kRevisionBytesMax, 'r');
  }
  state.last.reason.assign(kRevisionReasonBytesMax, 'e');
  const size_t each = kKeptFilesBytesMax / kKeptFilesMax;
  state.kept.assign(kKeptFilesMax, {std::string(each / 2, 'n'), std::string(each / 2, 't')});
  ASSERT_TRUE((*ConfigurationFile::Open(disk, "/state"))->Save(state).ok());
  EXPECT_EQ((*ConfigurationFile::Open(disk, "/state"))->state(), state);
}

}  // namespace
}  // namespace godwit::agent
