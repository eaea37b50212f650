// The devices of one sensor on real threads: one that hangs costs only its own values.
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>

#include "agent/sensors/factories.h"
#include "base/text.h"
#include "platform/linux/blocking_worker.h"
#include "platform/linux/linux_clock.h"

namespace godwit::agent {
namespace {

constexpr absl::Duration kWait = absl::Milliseconds(400);

// Thermal zones, some of which do not answer until they are let go.
class HangingZones final : public SensorInput {
 public:
  explicit HangingZones(int zones) : zones_(zones) {}

  void Hang(int zone) {
    const std::lock_guard lock(mutex_);
    hanging_[zone] = true;
  }
  void LetGo() {
    const std::lock_guard lock(mutex_);
    hanging_.clear();
    let_go_.notify_all();
  }
  // A task of a lane, so that AwaitEnd knows of it.
  Executor::Task Counted(Executor::Task task) {
    const std::lock_guard lock(mutex_);
    ++tasks_;
    return [this, task = std::move(task)]() mutable {
      task();
      const std::lock_guard end(mutex_);
      --tasks_;
      ended_.notify_all();
    };
  }
  // Until every lane has put down its answers and asks nobody any more.
  void AwaitEnd() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return tasks_ == 0; });
  }

  StatusOr<std::unique_ptr<SensorFile>> Open(const std::string& path) override {
    if (!path.ends_with("/temp")) return Error(StatusCode::kNotFound, path);
    return std::make_unique<File>(*this, path[path.find("zone") + 4] - '0');
  }
  StatusOr<std::unique_ptr<SensorFile>> OpenRecord(const std::string& path) override {
    return Open(path);
  }
  StatusOr<std::vector<std::string>> List(const std::string&) override {
    std::vector<std::string> names;
    for (int i = 0; i < zones_; ++i) names.push_back(Cat("thermal_zone", i));
    return names;
  }
  StatusOr<std::string> LinkTarget(const std::string& path) override {
    return Error(StatusCode::kNotFound, path);
  }
  std::vector<StatusOr<FileSystemUsage>> UsagesOf(
      const std::vector<MountedFileSystem>& mounts) override {
    return std::vector<StatusOr<FileSystemUsage>>(mounts.size(),
                                                  Error(StatusCode::kNotFound, "usage"));
  }
  double SecondsSinceBoot() override { return absl::ToDoubleSeconds(LinuxClock().Boot()); }

 private:
  class File final : public SensorFile {
   public:
    File(HangingZones& zones, int zone) : zones_(zones), zone_(zone) {}
    StatusOr<std::string_view> Read() override {
      std::unique_lock lock(zones_.mutex_);
      zones_.let_go_.wait(lock, [this] { return !zones_.hanging_[zone_]; });
      text_ = std::to_string(zone_ * 1000);
      return std::string_view(text_);
    }
    bool ChangeAnnounced() override { return false; }

   private:
    HangingZones& zones_;
    const int zone_;
    std::string text_;
  };

  const int zones_;
  std::mutex mutex_;
  std::condition_variable let_go_;
  std::condition_variable ended_;
  std::map<int, bool> hanging_;
  int tasks_ = 0;
};

class DeviceLanesTest : public testing::Test {
 protected:
  DeviceLanesTest() { Make(absl::Seconds(5)); }
  ~DeviceLanesTest() override {
    zones_.LetGo();
    zones_.AwaitEnd();
  }

  void Read() {
    Readings readings(1);
    status_ = sensor_->Read({.number = ++ticks_, .time_unix_ns = 1}, readings);
    values_ = readings[0];
  }
  std::string Error() const { return Message(status_); }

  void Make(absl::Duration age_max) {
    sensor_ = MakeThermalSensor(
        {.lanes = {.make_lane =
                       [this] {
                         ++lanes_;
                         return [this, worker = std::make_shared<BlockingWorker>("lane")](
                                    Executor::Task task) {
                           worker->Post(zones_.Counted(std::move(task)));
                         };
                       },
                   .wait = kWait,
                   .age_max = age_max}},
        zones_);
  }

  HangingZones zones_{10};
  int lanes_ = 0;
  std::unique_ptr<Sensor> sensor_;
  uint64_t ticks_ = 0;
  Status status_;
  std::vector<Value> values_;
};

TEST_F(DeviceLanesTest, DevicesThatAreWellShareALane) {
  for (int i = 0; i < 5; ++i) {
    Read();
    EXPECT_TRUE(status_.ok()) << status_;
  }
  EXPECT_LE(lanes_, 2) << "one, on a machine that is not busy";
  for (int zone = 0; zone < 10; ++zone) EXPECT_EQ(values_[zone], Value(1.0 * zone));
}

TEST_F(DeviceLanesTest, DevicesThatHangCostTheirOwnValuesAndComeBack) {
  zones_.Hang(0);
  zones_.Hang(7);
  int lanes = 0;
  for (int i = 0; i < 3; ++i) {
    Read();
    EXPECT_EQ(Error().find("thermal_zone0: no answer within 400ms"), 0u) << status_;
    for (int zone = 0; zone < 10; ++zone) {
      EXPECT_EQ(values_[zone], zone == 0 || zone == 7 ? Value() : Value(1.0 * zone)) << zone;
    }
    if (i == 0) lanes = lanes_;
  }
  EXPECT_EQ(lanes_, lanes) << "a device that hangs is not asked again";
  zones_.LetGo();
  zones_.AwaitEnd();
  Read();
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(values_[7], Value(7.0));
}

TEST_F(DeviceLanesTest, AnAnswerThatComesLateIsHandedOutByTheNextReading) {
  zones_.Hang(3);
  Read();
  EXPECT_EQ(values_[3], Value());
  zones_.LetGo();
  zones_.AwaitEnd();
  zones_.Hang(3);
  Read();
  EXPECT_EQ(values_[3], Value(3.0));
  Read();
  EXPECT_EQ(values_[3], Value()) << "once";
}

TEST_F(DeviceLanesTest, AnAnswerThatIsTooOldIsDropped) {
  Make(/*age_max=*/kWait / 2);
  zones_.Hang(3);
  Read();
  zones_.LetGo();
  zones_.AwaitEnd();
  zones_.Hang(3);
  Read();
  EXPECT_EQ(values_[3], Value());
}

TEST_F(DeviceLanesTest, WithEveryLaneHangingTheOthersAreNamedAsNotRead) {
  for (int zone = 0; zone < 9; ++zone) zones_.Hang(zone);
  for (int i = 0; i < 4; ++i) Read();
  EXPECT_EQ(lanes_, 8);
  EXPECT_NE(Error().find("problems: 10"), std::string::npos) << status_;
  EXPECT_EQ(values_[9], Value());
}

}  // namespace
}  // namespace godwit::agent
