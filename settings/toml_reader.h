// Reads TOML text into a tree. toml_reader.cc is the only translation unit that includes toml++.
#pragma once

#include <memory>

#include "settings/node.h"
#include "settings/problems.h"

namespace godwit {

// Reads a file. If it is not TOML, or nests deeper than kTomlDepthMax (toml_depth.h), returns an
// empty table and adds one problem: the parser stops at the first.
Node ReadToml(std::shared_ptr<const SourceFile> file, Problems& problems);

// Returns the lines before the fault of a truncated or broken file, as far as they are TOML by
// themselves. Empty if too many lines at the end belong to one value that is not closed.
Node ReadTomlBeginning(const std::shared_ptr<const SourceFile>& file);

}  // namespace godwit
