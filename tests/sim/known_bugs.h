// The switch of tests/sim/known_bugs.py: which of the known bugs is in force in this process.
#pragma once

#include <string_view>

namespace godwit::sim {

bool KnownBug(std::string_view name);

}  // namespace godwit::sim
