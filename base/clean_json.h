// Makes JSON safe to print on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace godwit {

// Returns `json`, a JSON text in UTF-8, with \u escapes for the characters that CleanLine
// (base/text.h) escapes. Programs read the same values, and terminals find nothing to obey.
std::string CleanJson(std::string_view json);

}  // namespace godwit
