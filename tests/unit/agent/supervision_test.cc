#include "agent/supervision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/limits.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::agent {
namespace {

using testing::ElementsAre;

class RecordedNotify final : public Notify {
 public:
  bool listens() const override { return patience_.has_value(); }
  std::optional<absl::Duration> patience() const override { return patience_; }
  void Ready() override { notified.push_back("ready"); }
  void Reloading() override { notified.push_back("reloading"); }
  void Stopping() override { notified.push_back("stopping"); }
  void Alive() override { ++alive; }
  void Status(std::string_view line) override { notified.emplace_back(line); }

  std::optional<absl::Duration> patience_ = absl::Seconds(60);
  std::vector<std::string> notified;
  int alive = 0;
};

class SupervisionTest : public testing::Test {
 protected:
  void Begin() {
    loop_.Post([this] {
      supervision_.emplace(notify_, clock_, loop_, storage_, [this] { return status_; });
      supervision_->Start();
    });
    scheduler_.RunFor(absl::ZeroDuration());
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimExecutor storage_{scheduler_};
  sim::SimExecutor loop_{scheduler_};
  RecordedNotify notify_;
  std::string status_ = "well";
  std::optional<Supervision> supervision_;
};

TEST_F(SupervisionTest, IsAliveThreeTimesWithinTheManagersPatience) {
  Begin();
  scheduler_.RunFor(absl::Minutes(10));
  EXPECT_GE(notify_.alive, 30);
  EXPECT_LE(notify_.alive, 32);
}

TEST_F(SupervisionTest, IsAliveWhileStorageHangsAndSaysThatItDoes) {
  Begin();
  scheduler_.RunFor(absl::Minutes(1));
  const int before = notify_.alive;
  storage_.SuspendFor(absl::Minutes(5));
  scheduler_.RunFor(absl::Minutes(4));
  EXPECT_GE(notify_.alive, before + 12);
  EXPECT_THAT(notify_.notified,
              ElementsAre("ready", "well", "well; storage has not answered for more than 30s"));
  scheduler_.RunFor(absl::Minutes(5));
  EXPECT_EQ(notify_.notified.back(), "well");
}

TEST_F(SupervisionTest, StorageThatTakesItsTimeIsNotSaidToHang) {
  Begin();
  for (int i = 0; i < 10; ++i) {
    storage_.SuspendFor(absl::Seconds(10));
    scheduler_.RunFor(absl::Seconds(25));
  }
  EXPECT_THAT(notify_.notified, ElementsAre("ready", "well"));
}

TEST_F(SupervisionTest, IsNotAliveWhileTheLoopHangs) {
  Begin();
  scheduler_.RunFor(absl::Minutes(1));
  const int before = notify_.alive;
  loop_.SuspendFor(absl::Minutes(5));
  scheduler_.RunFor(absl::Minutes(4));
  EXPECT_LE(notify_.alive, before + 1);
}

TEST_F(SupervisionTest, SendsTheStatusWhenItChanges) {
  Begin();
  scheduler_.RunFor(absl::Minutes(2));
  status_ = "ill";
  scheduler_.RunFor(absl::Minutes(2));
  EXPECT_THAT(notify_.notified, ElementsAre("ready", "well", "ill"));
}

TEST_F(SupervisionTest, AReloadAndABeginningAnewAreNoEnd) {
  Begin();
  supervision_->Reloading();
  supervision_->Reloaded();
  supervision_->Stop(/*restart=*/true);
  EXPECT_THAT(notify_.notified, ElementsAre("ready", "reloading", "ready", "reloading"));
  supervision_->Stop(/*restart=*/false);
  EXPECT_EQ(notify_.notified.back(), "stopping");
}

TEST_F(SupervisionTest, WakesNobodyWhenNobodyListens) {
  notify_.patience_.reset();
  Begin();
  scheduler_.RunFor(absl::Minutes(10));
  EXPECT_EQ(notify_.alive, 0);
  EXPECT_TRUE(notify_.notified.empty());
}

TEST_F(SupervisionTest, MayGoWhileStorageIsAsked) {
  Begin();
  storage_.SuspendFor(absl::Minutes(1));
  scheduler_.RunFor(kFirstStatus + absl::Seconds(1));
  const int before = notify_.alive;
  loop_.Post([this] { supervision_.reset(); });
  scheduler_.RunFor(absl::Minutes(2));
  EXPECT_EQ(notify_.alive, before);
}

}  // namespace
}  // namespace godwit::agent
