#include "agent/sampling/series_register.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "codec/limits.h"

namespace godwit::agent {
namespace {

TEST(SeriesRegisterTest, SeriesBeyondTheBytesOfATableAreCountedAndTheFirstIsNamed) {
  Table table;
  for (int i = 0; i < 3000; ++i) {
    table.series.push_back({.name = Cat("series.", i), .unit = "1"});
    table.series.back().attributes["path"] = std::string(kAttributeBytesMax, 'x');
  }
  SeriesRegister series(20'000);
  const auto claim = series.Register(1, table);
  EXPECT_GT(claim.beyond_limit, 100u);
  EXPECT_EQ(claim.admitted.size() + claim.beyond_limit, 3000u);
  EXPECT_THAT(claim.problem, testing::HasSubstr(Cat("series.", claim.admitted.size())));
  Table admitted;
  for (const size_t i : claim.admitted) admitted.series.push_back(table.series[i]);
  EXPECT_LE(EncodeCanonical(admitted).size(), kTableBytesMax);
  EXPECT_TRUE(DecodeTable(EncodeTable(admitted)).ok());
}

}  // namespace
}  // namespace godwit::agent
