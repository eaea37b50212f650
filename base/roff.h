// Escapes text for manual pages, which use the macros of man(7).
#pragma once

#include <string>
#include <string_view>

namespace godwit {

// Returns the text so that it is shown as it is: no line is taken for a macro, no backslash for an
// escape, and hyphens can be copied into a shell.
std::string RoffText(std::string_view text);

}  // namespace godwit
