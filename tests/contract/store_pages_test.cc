// How much of the disk a group of records takes: whole pages, which devices share when their rows
// lie together.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/checksum.h"
#include "base/text.h"
#include "collector/store/sqlite_reader.h"
#include "collector/store/sqlite_store.h"
#include "platform/linux/linux_random.h"
#include "tests/contract/temporary_folder.h"

namespace godwit::collector {
namespace {

constexpr size_t kDevices = 2000;
constexpr size_t kGroup = 50;
constexpr RunId kRun = 7;
constexpr size_t kBatchBytes = 764;  // a minute of the shipped settings
constexpr int64_t kMinute = 60'000'000'000;

class StorePagesTest : public testing::Test {
 protected:
  StorePagesTest() {
    for (size_t i = 0; i < kDevices; ++i) ids_.push_back(Cat("device-", i));
    const StoreOperation open = [this](Store& store) {
      for (const std::string& id : ids_) {
        const SessionOpening opening{
            .device = {.device_id = id, .boot_id = BootId(kBootIdSize, 'b')},
            .runs = {{.run = kRun}}};
        GODWIT_RETURN_IF_ERROR(store.OpenSession(opening).status());
      }
      return absl::OkStatus();
    };
    EXPECT_TRUE(store_->Write({open})->front().ok());
  }
  // A record of each device, in that order. Returns the bytes of the log that one takes.
  double Round() {
    EXPECT_TRUE(store_->EmptyLog().ok());
    ++seq_;
    for (size_t first = 0; first < kDevices; first += kGroup) {
      std::vector<Delivery> group;
      for (size_t i = first; i < first + kGroup; ++i) {
        Delivery& delivery = group.emplace_back(Delivery{.device_id = ids_[i]});
        const int64_t at = static_cast<int64_t>(seq_) * kMinute + static_cast<int64_t>(i) * 1000;
        delivery.record = {.name = {kRun, seq_},
                           .batch = std::string(kBatchBytes, 'x'),
                           .clock = {BootId(kBootIdSize, 'b'), 0, true},
                           .first_unix_ns = at,
                           .last_unix_ns = at};
        delivery.report = DeviceReport{.spool_bytes = seq_};
      }
      EXPECT_TRUE(store_->Commit(group, static_cast<int64_t>(seq_) * kMinute).ok());
    }
    return static_cast<double>(*store_->LogBytes()) / kDevices;
  }
  // As agents seal their batches.
  void SortByMoment() {
    std::sort(ids_.begin(), ids_.end(),
              [](const std::string& a, const std::string& b) { return Checksum(a) < Checksum(b); });
  }

  TemporaryFolder folder_;
  const std::string file_ = StoreFile(folder_.path());
  LinuxRandom random_;
  std::unique_ptr<SqliteStore> store_ = *SqliteStore::Open(file_, random_);
  std::vector<std::string> ids_;
  Seq seq_ = 0;
};

TEST_F(StorePagesTest, DevicesThatSealTheirBatchesTogetherShareThePagesOfAGroup) {
  Round();
  const double in_any_order = Round();
  SortByMoment();
  Round();
  const double by_moment = Round();
  EXPECT_LT(by_moment, 4096);
  EXPECT_LT(2 * by_moment, in_any_order);
}

}  // namespace
}  // namespace godwit::collector
