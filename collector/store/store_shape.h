// The tables, columns and indexes of a store, compared with those that its version has.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// What a store of this version has and this one lacks, and what would change its rows behind our
// back (triggers, views), each as a text: "table record is missing". None: all is as it should be.
// Made from a new store in memory, so that it holds for every way by which an older one came here.
[[nodiscard]] StatusOr<std::vector<std::string>> FindShapeProblems(Database& database);

}  // namespace godwit::collector
