// What strangers say, as it may be logged and printed.
#include "base/foreign_text.h"

#include <gtest/gtest.h>

#include "base/status.h"

namespace godwit {
namespace {

TEST(CleanLineTest, TextThatHarmsNobodyStaysAsItIs) {
  for (const char* good : {"", "a\tb", "Süd €", "\U0001f426", "back\\slash"}) {
    EXPECT_EQ(CleanLine(good, 100), good);
  }
}

TEST(CleanLineTest, WhatForgesALineOrSteersATerminalIsShownAsAnEscape) {
  EXPECT_EQ(CleanLine("a\nb\r", 100), "a\\nb\\x0d");
  EXPECT_EQ(CleanLine("\x1b[2J\x7f", 100), "\\x1b[2J\\x7f");
  EXPECT_EQ(CleanLine("\xc2\x9b"
                      "2J",
                      100),
            "\\x9b2J");  // CSI of C1
  EXPECT_EQ(CleanLine("\u202egnp.exe\u2069\u200f", 100), "\\u202egnp.exe\\u2069\\u200f");
  EXPECT_EQ(CleanLine("a\u2028b\u061c", 100), "a\\u2028b\\u061c");
  EXPECT_EQ(CleanLine(std::string_view("\0", 1), 100), "\\x00");
}

TEST(CleanLineTest, EachByteThatIsNoUtf8IsShownByItself) {
  EXPECT_EQ(CleanLine("a\xff\xc3(\xe2\x82", 100), "a\\xff\\xc3(\\xe2\\x82");
  EXPECT_EQ(CleanLine("\xed\xa0\x80", 100), "\\xed\\xa0\\x80");
}

TEST(CleanLineTest, ALongTextIsCutBetweenCharactersAndSaysSo) {
  EXPECT_EQ(CleanLine("123456", 6), "123456");
  EXPECT_EQ(CleanLine("1234567", 6), "123…");
  EXPECT_EQ(CleanLine("12€4567", 7), "12…");
  EXPECT_EQ(CleanLine("\x1b\x1b\x1b", 8), "\\x1b…");
  EXPECT_LE(CleanLine(std::string(5000, '\x1b'), 1000).size(), 1000u);
}

TEST(CleanLinesTest, KeepsLineEndsAndNothingElse) {
  EXPECT_EQ(CleanLines("a\nb\x1b\r\n", 100), "a\nb\\x1b\\x0d\n");
}

TEST(PlainLinesTest, ALineWhoseDirectionIsTurnedShowsIt) {
  EXPECT_EQ(PlainLines("a\u202eb\n\x1b"), "a\\u202eb\n(a line that is not plain text)");
}

// Hidden texts are the process' own: each test has texts of its own.

TEST(HiddenTextTest, AMessageShowsHowTheSettingsNameIt) {
  HideText("meter-secret-1", "${METER}");
  EXPECT_EQ(WithHiddenTexts("open /dev/meter-secret-1: gone"), "open /dev/${METER}: gone");
  EXPECT_EQ(Message(Error(StatusCode::kNotFound, "meter-secret-1meter-secret-1")),
            "${METER}${METER}");
  EXPECT_EQ(Message(Annotate(Error(StatusCode::kNotFound, "gone"), "meter-secret-1")),
            "${METER}: gone");
}

TEST(HiddenTextTest, TheLongestIsHiddenFirst) {
  HideText("abcd2", "${SHORT}");
  HideText("abcd2-efgh", "${LONG}");
  EXPECT_EQ(WithHiddenTexts("abcd2-efgh abcd2"), "${LONG} ${SHORT}");
}

TEST(HiddenTextTest, WhatIsInEveryOtherWordIsNotHidden) {
  HideText("", "${EMPTY}");
  HideText("zq1", "${TINY}");
  EXPECT_EQ(WithHiddenTexts("a zq1 b"), "a zq1 b");
}

TEST(HiddenTextTest, OfTooManyTheOldestIsForgotten) {
  HideText("first-of-many", "${FIRST}");
  for (size_t i = 0; i + 1 < kHiddenTextsMax; ++i) HideText(Cat("one-of-many-", i), "${MANY}");
  EXPECT_EQ(WithHiddenTexts("first-of-many"), "${FIRST}");
  HideText("one-more", "${MORE}");
  EXPECT_EQ(WithHiddenTexts("first-of-many one-more"), "first-of-many ${MORE}");
}

TEST(ForeignTextTest, IsHiddenBeforeItIsCut) {
  HideText("a-secret-of-many-bytes", "${S}");
  EXPECT_EQ(ForeignText("said a-secret-of-many-bytes\n", 12), "said ${S}\\n");
}

}  // namespace
}  // namespace godwit
