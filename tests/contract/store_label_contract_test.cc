// What every Store promises of operators' labels and of the audit log, over SQLite and the
// simulated twin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "collector/limits.h"
#include "tests/contract/store_worlds.h"

namespace godwit::collector {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr int64_t kNow = 1'000'000'000'000'000;

template <typename World>
class StoreLabelContract : public testing::Test {
 protected:
  StoreLabelContract() {
    for (const char* device : {"dev", "other"}) {
      const SessionOpening opening{.device = {.device_id = device,
                                              .name = Cat("name of ", device),
                                              .labels = {{"own", "1"}},
                                              .boot_id = BootId(kBootIdSize, 'b')},
                                   .now_unix_ns = kNow};
      EXPECT_TRUE(store().OpenSession(opening).ok());
    }
  }
  Store& store() { return world_.store(); }
  Status Set(Labels set, std::set<std::string> remove = {}) {
    return store().SetLabels({.device_id = "dev",
                              .set = std::move(set),
                              .remove = std::move(remove),
                              .issuer = "anna",
                              .message = "why"},
                             kNow);
  }
  Labels Given() { return *world_.reader().OperatorLabels(Key()); }
  int64_t Key() { return world_.reader().DeviceNames()->front().key; }
  // "what: detail", newest first.
  std::vector<std::string> Audit(int64_t device, size_t limit = 100) {
    std::vector<std::string> out;
    const auto rows = world_.reader().Audit(device, limit);
    for (const AuditRow& row : *rows) out.push_back(Cat(row.what, ": ", row.detail));
    return out;
  }

  World world_;
};
TYPED_TEST_SUITE(StoreLabelContract, StoreWorlds);

TYPED_TEST(StoreLabelContract, LabelsAreGivenChangedAndTakenAway) {
  ASSERT_TRUE(this->Set({{"site", "plant-7"}, {"spare", "yes"}}).ok());
  ASSERT_TRUE(this->Set({{"site", "plant-8"}}, {"spare", "never there"}).ok());
  EXPECT_THAT(this->Given(), ElementsAre(Pair("site", "plant-8")));
}

TYPED_TEST(StoreLabelContract, ASessionDoesNotTouchThem) {
  ASSERT_TRUE(this->Set({{"own", "2"}}).ok());
  const SessionOpening opening{.device = {.device_id = "dev",
                                          .name = "name of dev",
                                          .labels = {{"own", "3"}},
                                          .boot_id = BootId(kBootIdSize, 'b')},
                               .now_unix_ns = kNow};
  ASSERT_TRUE(this->store().OpenSession(opening).ok());
  EXPECT_THAT(this->Given(), ElementsAre(Pair("own", "2")));
  const auto rows = this->world_.reader().Devices();
  EXPECT_THAT(rows->front().facts.labels, ElementsAre(Pair("own", "3")));
}

TYPED_TEST(StoreLabelContract, TooManyChangeNothing) {
  ASSERT_TRUE(this->Set({{"site", "plant-7"}}).ok());
  Labels many;
  for (size_t i = 0; i < kOperatorLabelsMax; ++i) many[std::to_string(i)] = "x";
  EXPECT_TRUE(absl::IsResourceExhausted(this->Set(many)));
  EXPECT_THAT(this->Given(), ElementsAre(Pair("site", "plant-7")));
  EXPECT_EQ(this->Audit(this->Key()).size(), 1u);
}

TYPED_TEST(StoreLabelContract, OfADeviceNobodyKnowsNothingIsNoted) {
  EXPECT_TRUE(absl::IsNotFound(
      this->store().SetLabels({.device_id = "nobody", .set = {{"a", "b"}}}, kNow)));
  EXPECT_TRUE(this->Audit(StoreReader::kEveryDevice).empty());
}

TYPED_TEST(StoreLabelContract, EveryChangeIsInTheAuditLogNewestFirst) {
  ASSERT_TRUE(this->store()
                  .Issue({.id = std::string(16, 'c'),
                          .device_id = "dev",
                          .kind = "run",
                          .arguments = {{"program", "valve"}, {"1", "40"}},
                          .issuer = "anna",
                          .message = "too hot",
                          .expires_unix_ns = kNow + 1},
                         kNow)
                  .ok());
  ASSERT_TRUE(this->store()
                  .Push({{.id = std::string(16, 'o'), .device_id = "dev"},
                         {.id = std::string(16, 'p'),
                          .device_id = "other",
                          .revision = RevisionId(kRevisionIdSize, '\x1f'),
                          .text = "text"}},
                        kNow)
                  .ok());
  ASSERT_TRUE(this->Set({{"site", "plant-7"}}, {"zone"}).ok());
  EXPECT_THAT(this->Audit(StoreReader::kEveryDevice),
              ElementsAre("labels: site=plant-7 zone-", "configuration: revision 1f1f1f1f",
                          "configuration: its own files alone", "command: run 1=40 program=valve"));
  EXPECT_EQ(this->Audit(this->Key()).size(), 3u);
  EXPECT_THAT(this->Audit(StoreReader::kEveryDevice, 1), ElementsAre("labels: site=plant-7 zone-"));
  const auto rows = this->world_.reader().Audit(this->Key(), 100);
  EXPECT_EQ(rows->back().issuer, "anna");
  EXPECT_EQ(rows->back().message, "too hot");
  EXPECT_EQ(rows->back().device_name, "name of dev");
  EXPECT_EQ(rows->back().time_unix_ns, kNow);
}

}  // namespace
}  // namespace godwit::collector
