#include "base/alive.h"

#include <gtest/gtest.h>

#include <memory>

namespace godwit {
namespace {

TEST(AliveTest, AReferenceOutlivesItsObjectAndSaysThatItHasGone) {
  auto object = std::make_unique<Alive>();
  const Alive::Reference reference = object->Refer();
  const Alive::Reference copy = reference;
  EXPECT_TRUE(reference);
  object.reset();
  EXPECT_FALSE(reference);
  EXPECT_FALSE(copy);
}

TEST(AliveTest, AnObjectCountsAsGoneFromTheBeginningOfItsDestructor) {
  Alive alive;
  const Alive::Reference before = alive.Refer();
  alive.End();
  EXPECT_FALSE(before);
  EXPECT_FALSE(alive.Refer());
}

}  // namespace
}  // namespace godwit
