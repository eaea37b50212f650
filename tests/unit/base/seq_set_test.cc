#include "base/seq_set.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <set>

namespace godwit {
namespace {

TEST(SeqSetTest, TouchingRangesBecomeOne) {
  SeqSet set;
  set.Add(SeqRange{1, 3});
  set.Add(SeqRange{7, 9});
  set.Add(SeqRange{4, 6});
  EXPECT_EQ(set.Ranges(), (std::vector<SeqRange>{{1, 9}}));
  EXPECT_EQ(set.RangeOf(5), (SeqRange{1, 9}));
}

TEST(SeqSetTest, RemovingFromTheMiddleSplitsARange) {
  SeqSet set({{1, 9}});
  set.Remove({4, 6});
  EXPECT_EQ(set.Ranges(), (std::vector<SeqRange>{{1, 3}, {7, 9}}));
}

TEST(SeqSetTest, TheWholeRangeOfNumbersFits) {
  constexpr Seq kMax = std::numeric_limits<Seq>::max();
  SeqSet set;
  set.Add(kMax);
  set.Add(SeqRange{0, kMax - 1});
  EXPECT_EQ(set.Ranges(), (std::vector<SeqRange>{{0, kMax}}));
  EXPECT_TRUE(set.Missing({0, kMax}).empty());
  set.Remove({0, kMax});
  EXPECT_TRUE(set.empty());
}

// 2^64-1 has no next number: a search behind it would begin again at 0, and never end.
TEST(SeqSetTest, ASearchEndsAtTheLastNumberOfAll) {
  constexpr Seq kMax = std::numeric_limits<Seq>::max();
  const SeqSet all({{0, kMax}});
  EXPECT_EQ(SeqSet({{1, kMax}}).FirstNotIn(all, 1), std::nullopt);
  EXPECT_EQ(SeqSet({{1, 5}}).FirstNotIn(all, 0), std::nullopt);
  EXPECT_EQ(SeqSet({{1, kMax}}).FirstNotIn(SeqSet({{2, kMax}}), 2), std::nullopt);
  EXPECT_EQ(SeqSet({{1, kMax}}).FirstNotIn(SeqSet({{1, kMax - 1}}), 1), kMax);
}

TEST(SeqSetTest, ACountBeyondAllNumbersIsTheLargestNumber) {
  constexpr Seq kMax = std::numeric_limits<Seq>::max();
  EXPECT_EQ(SeqSet({{0, kMax}}).Count(), kMax);
  EXPECT_EQ(SeqSet({{1, kMax}}).Count(), kMax);
  EXPECT_EQ(SeqSet({{0, 1}, {3, kMax}}).Count(), kMax);
  EXPECT_EQ(SeqSet({{2, kMax}}).Count(), kMax - 1);
}

TEST(SeqSetTest, TheFirstThatAnotherSetLacksIsFound) {
  EXPECT_TRUE(rc::check([] {
    SeqSet set;
    SeqSet other;
    for (const Seq seq : *rc::gen::container<std::set<Seq>>(rc::gen::inRange<Seq>(1, 40))) {
      set.Add(seq);
    }
    for (const Seq seq : *rc::gen::container<std::set<Seq>>(rc::gen::inRange<Seq>(1, 40))) {
      other.Add(seq);
    }
    const Seq from = *rc::gen::inRange<Seq>(0, 42);
    std::optional<Seq> expected;
    for (Seq seq = from; seq <= 41 && !expected; ++seq) {
      if (set.Contains(seq) && !other.Contains(seq)) expected = seq;
    }
    RC_ASSERT(set.FirstNotIn(other, from) == expected);
  }));
}

TEST(SeqSetTest, AgreesWithAPlainSetOfNumbers) {
  EXPECT_TRUE(rc::check([] {
    SeqSet set;
    std::set<Seq> model;
    const auto steps = *rc::gen::container<std::vector<std::tuple<bool, uint8_t, uint8_t>>>(
        rc::gen::tuple(rc::gen::arbitrary<bool>(), rc::gen::inRange<uint8_t>(0, 60),
                       rc::gen::inRange<uint8_t>(0, 8)));
    for (const auto& [add, first, length] : steps) {
      const SeqRange range{first, Seq{first} + length};
      if (add) {
        set.Add(range);
      } else {
        set.Remove(range);
      }
      for (Seq seq = range.first; seq <= range.last; ++seq) {
        if (add) {
          model.insert(seq);
        } else {
          model.erase(seq);
        }
      }
    }
    RC_ASSERT(set.Count() == model.size());
    std::set<Seq> missing;
    for (const SeqRange& range : set.Missing({0, 80})) {
      for (Seq seq = range.first; seq <= range.last; ++seq) missing.insert(seq);
    }
    for (Seq seq = 0; seq <= 80; ++seq) {
      RC_ASSERT(set.Contains(seq) == model.contains(seq));
      RC_ASSERT(missing.contains(seq) != model.contains(seq));
    }
    Seq last = 0;
    for (const SeqRange& range : set.Ranges()) {
      RC_ASSERT(range.first <= range.last);
      RC_ASSERT(last == 0 || range.first > last + 1);
      last = range.last;
    }
  }));
}

}  // namespace
}  // namespace godwit
