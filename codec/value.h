// A value of a series at one tick. Null means "not read"; a string is the name of a state.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace godwit {

using Value = std::variant<std::monostate, int64_t, double, std::string>;

}  // namespace godwit
