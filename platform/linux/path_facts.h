// Of this machine's files, links followed.
#pragma once

#include <optional>
#include <string>

#include "platform/path_facts.h"

namespace godwit {

// None: nothing is there, or it cannot be looked at.
std::optional<PathFacts> FactsOfPath(const std::string& path);

}  // namespace godwit
