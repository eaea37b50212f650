// Reads the permissions of this machine's files, links followed.
#pragma once

#include <optional>
#include <string>

#include "platform/path_facts.h"

namespace godwit {

// Returns the permissions of a path; none: it does not exist, or cannot be read.
std::optional<PathFacts> FactsOfPath(const std::string& path);

}  // namespace godwit
