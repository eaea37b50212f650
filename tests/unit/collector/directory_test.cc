#include "collector/fleet/directory.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "collector/fleet/device_page.h"
#include "collector/fleet/directory_keeper.h"
#include "collector/limits.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

// Counts what is read of devices, and fails for one of them.
class WatchedStore final : public sim::MemoryStore {
 public:
  WatchedStore() : MemoryStore("0123456789abcdef") {}
  StatusOr<DeviceIdentity> Identity(const std::string& device_id) override {
    ++identities;
    return MemoryStore::Identity(device_id);
  }
  StatusOr<DeviceRow> Device(int64_t key) override {
    ++reads;
    if (key == broken) return Error(StatusCode::kDataLoss, "a page is damaged");
    return MemoryStore::Device(key);
  }
  int reads = 0;
  int identities = 0;
  int64_t broken = 0;
};

class DirectoryTest : public testing::Test {
 protected:
  // As the writer does.
  void Open(const std::string& id, const std::string& name, const Labels& labels = {},
            const std::optional<DeviceReport>& report = std::nullopt) {
    ASSERT_TRUE(store_
                    .OpenSession({.device = {.device_id = id, .name = name, .labels = labels},
                                  .runs = {{.run = 7}},
                                  .report = report})
                    .ok());
    directory_.OnIdentity(id);
  }
  std::string Find(const std::string& text) {
    const auto found = directory_.Find(store_, text);
    return found.ok() ? found->id : Message(found.status());
  }
  std::vector<std::string> Listed() {
    std::vector<std::string> ids;
    DeviceListQuery query(store_, directory_, statistics_, clock_);
    pages_ = 0;
    while (const auto page = *query.NextPage()) {
      ++pages_;
      EXPECT_LT(page->ByteSizeLong(), 2 * size_t{kPageBytes});
      for (const auto& device : page->devices()) ids.push_back(device.device_id());
    }
    return ids;
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimExecutor lookup_{scheduler_};
  Statistics statistics_;
  WatchedStore store_;
  Directory directory_;
  int pages_ = 0;
};

using Texts = std::vector<std::string>;

TEST_F(DirectoryTest, ADeviceIsFoundByAUniquePrefixOfItsNameOrId) {
  Open("id-1", "pump");
  Open("id-2", "pump-2");
  EXPECT_EQ(Find("pump"), "id-1") << "the whole name wins";
  EXPECT_EQ(Find("pump-"), "id-2");
  EXPECT_EQ(Find("id-2"), "id-2");
  EXPECT_TRUE(absl::IsNotFound(directory_.Find(store_, "valve").status()));
  EXPECT_EQ(Find("pu"), "'pu' matches 2 devices: pump (id-1), pump-2 (id-2)");
}

TEST_F(DirectoryTest, AnExactIdNamesItsDeviceWhateverOthersAreCalled) {
  Open("pump", "cellar");
  Open("id-2", "pump");
  Open("id-3", "pump");
  EXPECT_EQ(Find("pump"), "pump");
}

TEST_F(DirectoryTest, TwoDevicesOfOneNameAreDistinguishedByTheirIds) {
  Open("rack-17-board-0001", "pump");
  Open("rack-17-board-0002", "pump");
  Open("id-3", "pump-3");
  EXPECT_EQ(Find("pump"),
            "'pump' matches 2 devices: pump (rack-17-board-0001), pump (rack-17-board-0002)");
}

TEST_F(DirectoryTest, ANewNameHoldsFromTheSessionThatBringsIt) {
  Open("id-1", "pump");
  EXPECT_EQ(Find("pump"), "id-1");
  Open("id-1", "valve");
  EXPECT_EQ(Find("valve"), "id-1");
  EXPECT_TRUE(absl::IsNotFound(directory_.Find(store_, "pump").status()));
  EXPECT_EQ(Listed(), Texts{"id-1"});
}

TEST_F(DirectoryTest, DevicesOfAnEarlierStartAreThere) {
  ASSERT_TRUE(store_.OpenSession({.device = {.device_id = "old"}, .runs = {{.run = 7}}}).ok());
  EXPECT_EQ(Find("old"), "old");
}

TEST_F(DirectoryTest, ASelectorWantsAllLabelsAndAnOperatorsLabelHolds) {
  Open("id-1", "a", {{"site", "north"}, {"kind", "pump"}});
  Open("id-2", "b", {{"site", "north"}});
  EXPECT_EQ(*directory_.Select(store_, {{"site", "north"}}), (Texts{"id-1", "id-2"}));
  EXPECT_EQ(*directory_.Select(store_, {{"site", "north"}, {"kind", "pump"}}), Texts{"id-1"});
  ASSERT_TRUE(store_.SetLabels({.device_id = "id-1", .set = {{"site", "south"}}}, 1).ok());
  directory_.OnIdentity("id-1");
  EXPECT_EQ(*directory_.Select(store_, {{"site", "north"}}), Texts{"id-2"});
}

TEST_F(DirectoryTest, AListReadsOnlyDevicesThatChanged) {
  for (int i = 0; i < 10; ++i) Open(Cat("id-", i), "");
  EXPECT_EQ(Listed().size(), 10u);
  EXPECT_EQ(store_.reads, 10);
  EXPECT_EQ(Listed().size(), 10u);
  EXPECT_EQ(store_.reads, 10);
  directory_.OnState("id-3");
  EXPECT_EQ(Listed().size(), 10u);
  EXPECT_EQ(store_.reads, 11);
  scheduler_.RunFor(kSummaryAgeMax + absl::Seconds(1));
  EXPECT_EQ(Listed().size(), 10u);
  EXPECT_EQ(store_.reads, 21) << "what retention changes is seen, too";
}

TEST_F(DirectoryTest, AFleetThatComesBackIsReadBeforeSomebodyAsks) {
  DirectoryKeeper keeper(directory_, store_, lookup_);
  lookup_.Post([&] { keeper.Start(); });
  const int fleet = 3 * kIdentitiesPerTurn;
  for (int i = 0; i < fleet; ++i) Open(Cat("id-", i), Cat("pump-", i));
  scheduler_.RunFor(kDirectoryPeriod + absl::Milliseconds(100));
  EXPECT_EQ(store_.identities, fleet);
  EXPECT_EQ(Find("pump-17"), "id-17");
  EXPECT_EQ(store_.identities, fleet) << "the question has read none";
  Open("id-17", "valve");
  EXPECT_EQ(Find("valve"), "id-17") << "what the keeper has not read yet, the question does";
}

TEST_F(DirectoryTest, AnIdentityIsReadSomeAtATime) {
  for (int i = 0; i < 5; ++i) Open(Cat("id-", i), "");
  EXPECT_TRUE(*directory_.Refresh(store_, 3));
  EXPECT_EQ(store_.identities, 3);
  EXPECT_FALSE(*directory_.Refresh(store_, 3));
  EXPECT_EQ(store_.identities, 5);
}

TEST_F(DirectoryTest, TheFirstPageOfALargeFleetIsSmall) {
  for (int i = 0; i < 400; ++i) Open(Cat("id-", i), "");
  DeviceListQuery query(store_, directory_, statistics_, clock_);
  EXPECT_EQ((**query.NextPage()).devices_size(), 64);
  EXPECT_EQ(store_.reads, 64);
  EXPECT_EQ((**query.NextPage()).devices_size(), static_cast<int>(kDevicesPerPage));
  EXPECT_EQ(Listed().size(), 400u);
}

TEST_F(DirectoryTest, OneDeviceIsReadToShowOne) {
  for (int i = 0; i < 10; ++i) Open(Cat("id-", i), "");
  v1::GetDeviceResponse response;
  ASSERT_TRUE(FillDevice(store_, directory_, statistics_, 1, "id-3", response).ok());
  EXPECT_EQ(response.summary().device_id(), "id-3");
  EXPECT_EQ(store_.reads, 1);
}

TEST_F(DirectoryTest, ADeviceThatCannotBeReadIsThatDevicesError) {
  Open("id-1", "a");
  Open("id-2", "b");
  Open("id-3", "c");
  store_.broken = 2;
  DeviceListQuery query(store_, directory_, statistics_, clock_);
  const auto page = **query.NextPage();
  ASSERT_EQ(page.devices_size(), 3);
  EXPECT_EQ(page.devices(1).name(), "b");
  EXPECT_EQ(page.devices(1).alerts(0).kind(), "unreadable");
  EXPECT_EQ(page.devices(0).alerts_size() + page.devices(2).alerts_size(), 0);
}

TEST_F(DirectoryTest, AListOfDevicesThatSayAsMuchAsTheyMayComesInPagesThatFit) {
  DeviceReport report;
  const std::string text(kReportTextBytesMax, 'x');
  for (size_t i = 0; i < kReportSettingsMax; ++i) report.settings.push_back({text, text, text});
  std::vector<ReportedLoss> losses;
  for (Seq seq = 1; seq <= 2 * kGapReasonsShown; ++seq) {
    losses.push_back({7, {seq, seq}, Cat(text, seq)});
  }
  for (int i = 0; i < 40; ++i) {
    const std::string id = Cat("id-", i);
    Open(id, text, {}, report);
    ASSERT_TRUE(store_
                    .OpenSession({.device = {.device_id = id, .name = text},
                                  .runs = {{.run = 7, .last_seq = 2 * kGapReasonsShown}},
                                  .losses = losses})
                    .ok());
  }
  EXPECT_EQ(Listed().size(), 40u);
  EXPECT_GT(pages_, 2);
  DeviceListQuery query(store_, directory_, statistics_, clock_);
  const auto device = (**query.NextPage()).devices(0);
  EXPECT_EQ(device.gap_reasons_size(), static_cast<int>(kGapReasonsShown));
  EXPECT_EQ(device.gap_records(), 2 * kGapReasonsShown);
  EXPECT_EQ(device.report().settings_size(), 0) << "those are for a request for one device";
}

}  // namespace
}  // namespace godwit::collector
