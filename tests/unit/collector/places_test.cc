#include "collector/http/places.h"

#include <gtest/gtest.h>

namespace godwit::collector {
namespace {

TEST(PlacesTest, TheOldestOfTheSourceWithTheMostMakesRoom) {
  Places places(4);
  EXPECT_EQ(places.Enter(1, "other"), std::nullopt);
  for (const Places::Id id : {2, 3, 4}) EXPECT_EQ(places.Enter(id, "flood"), std::nullopt);
  EXPECT_EQ(places.Enter(5, "third"), 2u);
  EXPECT_EQ(places.Enter(6, "flood"), 3u);
  EXPECT_EQ(places.Enter(7, "fourth"), 4u);
}

TEST(PlacesTest, APlaceThatWasLeftIsFree) {
  Places places(2);
  places.Enter(1, "a");
  places.Enter(2, "a");
  places.Leave(1);
  places.Leave(1);
  EXPECT_EQ(places.Enter(3, "b"), std::nullopt);
  EXPECT_EQ(places.Enter(4, "b"), 3u);
  places.Leave(3);  // it has lost its place before
  EXPECT_EQ(places.Enter(5, "c"), 2u);
}

}  // namespace
}  // namespace godwit::collector
