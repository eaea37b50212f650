#include "agent/spool/foreign.h"

#include <gtest/gtest.h>

#include "tests/unit/agent/spool/spool_fixture.h"

namespace godwit::agent {
namespace {

class AdoptionTest : public SpoolTest {
 protected:
  // A spool with a record of "dev", on a machine that is now called otherwise.
  void SetUp() override {
    Open();
    left_ = Append(10);
    spool_.reset();
  }
  Status Adopt() { return AdoptDevice(disk_, "/spool", "another", "dev"); }
  void ExpectToBeSent() {
    SpoolOptions options = Options();
    options.device_id = "another";
    spool_ = *Spool::Open(options, disk_, random_);
    EXPECT_EQ(Unsettled(), std::vector<RecordName>{left_});
    EXPECT_EQ(spool_->stats().foreign_segments, 0u);
  }

  RecordName left_;
};

TEST_F(AdoptionTest, WhatIsAdoptedIsSent) {
  ASSERT_TRUE(Adopt().ok());
  ASSERT_TRUE(Adopt().ok()) << "once more does no harm";
  ExpectToBeSent();
}

TEST_F(AdoptionTest, AnAdoptionThatLeftAnEmptyFileIsDoneAgain) {
  ASSERT_TRUE(disk_.Create("/spool/" + AdoptionFileName("dev")).ok());
  ASSERT_TRUE(Adopt().ok());
  ExpectToBeSent();
}

TEST_F(AdoptionTest, AnAdoptionIsWholeOrNoneWhereverThePowerIsCut) {
  int cuts = 0;
  for (bool done = false; !done; ++cuts) {
    int left = cuts;
    disk_.set_hook([&](bool) {
      if (left-- == 0) throw sim::PowerCutNow{};
    });
    try {
      ASSERT_TRUE(Adopt().ok());
      done = true;
    } catch (const sim::PowerCutNow&) {
    }
    disk_.set_hook(nullptr);
    disk_.PowerCut(sim::Unsynced::kTorn, sim::UnsyncedNames::kLost);
    const auto file = disk_.Open("/spool/" + AdoptionFileName("dev"));
    EXPECT_TRUE(file.ok() || !done) << "what was reported as adopted is";
    if (!file.ok()) continue;
    EXPECT_EQ(*(*file)->ReadAt(0, 100), "dev") << cuts;
  }
  EXPECT_GT(cuts, 6);
  ExpectToBeSent();
}

}  // namespace
}  // namespace godwit::agent
