#include "cli/device_names.h"

#include <gtest/gtest.h>

namespace godwit::cli {
namespace {

TEST(DeviceNamesTest, AnIdIsJustLongEnoughToDifferFromTheOthers) {
  DeviceNames names;
  names.Add("rack-17-board-0001", "a");
  names.Add("rack-17-board-0002", "b");
  names.Add("5f0c219ae0b14d0f8a53c6c8a1f3b7d2", "c");
  names.Add("short", "d");
  EXPECT_EQ(names.ShortId("rack-17-board-0001"), "rack-17-board-0001");
  EXPECT_EQ(names.ShortId("5f0c219ae0b14d0f8a53c6c8a1f3b7d2"), "5f0c219ae0b1");
  EXPECT_EQ(names.ShortId("short"), "short");
}

TEST(DeviceNamesTest, IdsThatDifferWithinACharacterAreDistinguished) {
  DeviceNames names;
  names.Add("twelve-bytesä-1", "a");
  names.Add("twelve-bytesö-1", "b");
  EXPECT_EQ(names.ShortId("twelve-bytesä-1"), "twelve-bytesä");
  EXPECT_EQ(names.ShortId("twelve-bytesö-1"), "twelve-bytesö");
}

TEST(DeviceNamesTest, DevicesOfOneNameAreShownWithTheirIds) {
  DeviceNames names;
  names.Add("id-1", "pump");
  names.Add("id-2", "pump");
  names.Add("id-3", "valve");
  names.Add("id-3", "valve");
  EXPECT_EQ(names.NameOf("id-1", "pump"), "pump (id-1)");
  EXPECT_EQ(names.NameOf("id-2", "pump"), "pump (id-2)");
  EXPECT_EQ(names.NameOf("id-3", "valve"), "valve");
}

}  // namespace
}  // namespace godwit::cli
