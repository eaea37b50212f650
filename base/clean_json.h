// JSON that is safe to print on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace godwit {

// Returns `json`, a JSON text in UTF-8, with those characters as \u escapes that CleanLine
// (base/text.h) escapes: the same values for a program, and nothing that a terminal obeys.
std::string CleanJson(std::string_view json);

}  // namespace godwit
