// Merges several files into one: a later file's values replace those of earlier ones.
#pragma once

#include "settings/node.h"
#include "settings/problems.h"

namespace godwit {

// Merges `overlay` into `base`. Tables are merged key by key. Lists of tables, [[sensors.T]], are
// merged by name: the keys of a sensor with the same type and name are overlaid, another sensor is
// added. Two of the same name within one file are a problem.
void Merge(Node& base, Node overlay, Problems& problems);

// Adds a problem for two sensors of one type and name within a file.
void RejectTwins(const Node& root, Problems& problems);

}  // namespace godwit
