// TOML text to a tree. toml_reader.cc is the one translation unit that includes toml++.
#pragma once

#include <memory>

#include "settings/node.h"
#include "settings/problems.h"

namespace godwit {

// A file that is not TOML, or nests deeper than kTomlDepthMax (toml_depth.h), gives an empty table
// and one problem: the parser stops at the first.
Node ReadToml(std::shared_ptr<const SourceFile> file, Problems& problems);

// Of a file that is cut off or broken somewhere: the lines before that, as far as they are TOML by
// themselves. Empty when too many lines at the end belong to one value that is not closed.
Node ReadTomlBeginning(const std::shared_ptr<const SourceFile>& file);

}  // namespace godwit
