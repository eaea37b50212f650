// Text for manual pages: man(7)'s macros.
#pragma once

#include <string>
#include <string_view>

namespace godwit {

// As it is to be read: no line of it is taken for a macro, no backslash for an escape, and a hyphen
// stays one that can be copied into a shell.
std::string RoffText(std::string_view text);

}  // namespace godwit
