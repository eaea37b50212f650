// Several files as one: a later one's values stand in the place of an earlier one's.
#pragma once

#include "settings/node.h"
#include "settings/problems.h"

namespace godwit {

// Tables are merged key by key. Lists of tables, [[sensors.T]], are merged by their name: a sensor
// of the same type and name has its keys overlaid, another is added. Within one file two of one
// name are a problem.
void Merge(Node& base, Node overlay, Problems& problems);

// Two sensors of one type and name within a file.
void RejectTwins(const Node& root, Problems& problems);

}  // namespace godwit
