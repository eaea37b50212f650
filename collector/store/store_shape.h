// Compares the tables, columns and indexes of a store with those of its version.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Returns what a store of this version has and this one lacks, and what would change its rows
// unexpectedly (triggers, views), each as a text: "table record is missing". Empty: there is no
// problem. The reference is a new store in memory, so that it holds for every path of migrations.
[[nodiscard]] StatusOr<std::vector<std::string>> FindShapeProblems(Database& database);

}  // namespace godwit::collector
