// Compares two texts line by line, in a simple form of `diff -u`. Pure.
#pragma once

#include <string>
#include <string_view>

namespace godwit::cli {

// Returns the differences; empty if there are none. A line of both texts begins with ' ', a line of
// `before` alone with '-', and a line of `after` alone with '+'. Each change comes with up to three
// common lines before and after it. A line "@@", without numbers, stands where common lines are
// left out between two changes. There is no file header. Whether the last line of a text has a line
// end makes no difference.
//
// Time and memory grow with the product of the numbers of lines, so this is for configurations, not
// for logs.
std::string TextDiff(std::string_view before, std::string_view after);

}  // namespace godwit::cli
