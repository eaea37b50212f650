// The device's own settings files: when they are taken up, and what that means for a trial and for
// what is confirmed.
#include "agent/device/own_files.h"

#include <gmock/gmock.h>

#include "tests/unit/agent/device/device_parts.h"

namespace godwit::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const RevisionId kConfirmed(16, 'c');

class OwnFilesTest : public DeviceParts, public TrialHost {
 protected:
  void Reconnect() override {}
  void TrialEnded(TrialEnd end) override { ends_.push_back(end); }
  void RestartLater() override {}

  // An offer of the device's own files alone, which needs no session to be tried.
  void BeginTrial() {
    v1::RevisionOffer offer;
    offer.set_offer_id(OfferId(16, 'o'));
    configurator_.OnOffer(offer);
    scheduler_.RunFor(absl::Seconds(1));
    ASSERT_TRUE(trial_.under_way());
  }

  std::vector<TrialEnd> ends_;
  std::unique_ptr<ConfigurationFile> file_ = *ConfigurationFile::Open(disk_, "/configuration");
  Trial trial_{{clock_, loop_, storage_, *spool_, stats_, *sampler_, *applied_, loader_, sensors_,
                transports_, memory_, *this}};
  Configurator configurator_{
      {.enabled = true},
      {.confirmed = {.offer = OfferId(16, 'c'), .id = kConfirmed, .text = loader_.own}},
      file_.get(),
      absl::OkStatus(),
      {.loop = loop_, .storage = storage_, .trials = trial_}};
  int applied_times_ = 0;
  OwnFiles own_files_{
      absl::OkStatus(),
      {loader_, *applied_, configurator_, trial_, [this](AppliedSettings::Prepared prepared) {
         ++applied_times_;
         applied_->ApplySensors(std::move(prepared));
       }}};
};

TEST_F(OwnFilesTest, FilesThatHaveChangedRuleAlone) {
  loader_.own += SensorText("more");
  own_files_.Reload();
  EXPECT_THAT(Sampled(), ElementsAre("pattern/count", "pattern/more"));
  EXPECT_EQ(configurator_.state().confirmed.id, RevisionId());
}

TEST_F(OwnFilesTest, FilesThatHaveNotChangedLeaveWhatIsConfirmed) {
  own_files_.Reload();
  EXPECT_EQ(applied_times_, 1);
  EXPECT_EQ(configurator_.state().confirmed.id, kConfirmed);
}

TEST_F(OwnFilesTest, FilesThatCannotBeTakenChangeNothingAndEndNoTrial) {
  BeginTrial();
  loader_.own = "broken";
  own_files_.Reload();
  EXPECT_FALSE(own_files_.status().ok());
  loader_.own = "[spool]\npath = \"/elsewhere\"\n";
  own_files_.Reload();
  EXPECT_THAT(Message(own_files_.status()), HasSubstr("changes only with a restart"));
  EXPECT_TRUE(trial_.under_way());
  EXPECT_EQ(applied_times_, 0);
  EXPECT_EQ(configurator_.state().confirmed.id, kConfirmed);
}

TEST_F(OwnFilesTest, FilesThatHaveChangedEndATrial) {
  BeginTrial();
  loader_.own += SensorText("more");
  own_files_.Reload();
  EXPECT_THAT(ends_, ElementsAre(TrialEnd::kGoesBack));
  EXPECT_EQ(configurator_.state().last.state, OfferState::kUnset);
  EXPECT_THAT(Sampled(), ElementsAre("pattern/count", "pattern/more"));
}

TEST_F(OwnFilesTest, FilesThatHaveNotChangedWaitForTheEndOfATrial) {
  BeginTrial();
  own_files_.Reload();
  EXPECT_EQ(applied_times_, 0);
  EXPECT_THAT(ends_, IsEmpty());
}

TEST_F(OwnFilesTest, BehindATrialOnlyFilesThatHaveChangedAreTaken) {
  own_files_.CheckAfterTrial();
  EXPECT_EQ(applied_times_, 0);
  loader_.own += SensorText("more");
  own_files_.CheckAfterTrial();
  EXPECT_EQ(applied_times_, 1);
  loader_.own = "broken";
  own_files_.CheckAfterTrial();
  EXPECT_FALSE(own_files_.status().ok());
  EXPECT_EQ(applied_times_, 1);
}

}  // namespace
}  // namespace godwit::agent
