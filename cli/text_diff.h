// Compares two texts line by line, like `diff -u`. Pure.
#pragma once

#include <string>
#include <string_view>

namespace godwit::cli {

// Empty when they are equal. Lines that are the same begin with a space, those of `before` alone
// with '-', those of `after` alone with '+'; of the same ones, three around each change. Takes time
// and memory by the product of the lines: for configurations, not for logs.
std::string TextDiff(std::string_view before, std::string_view after);

}  // namespace godwit::cli
