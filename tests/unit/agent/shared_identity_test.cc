#include "agent/shared_identity.h"

#include <gtest/gtest.h>

namespace godwit::agent {
namespace {

TEST(SharedIdentityTest, WhatManyMachinesAreCalledIsNoIdentity) {
  for (const char* id : {"localhost", "LOCALHOST", "localhost.localdomain", "(none)", "raspberrypi",
                         "To be filled by O.E.M.", "0000000000000000", "Default string"}) {
    EXPECT_NE(SharedIdentity(id), "") << id;
  }
}

TEST(SharedIdentityTest, WhatOneMachineIsCalledIsOne) {
  for (const char* id : {"pump-7", "localhost-7", "raspberrypi-12", "10000000deadbeef", "debian2",
                         "d41d8cd98f00b204e9800998ecf8427e"}) {
    EXPECT_EQ(SharedIdentity(id), "") << id;
  }
}

}  // namespace
}  // namespace godwit::agent
