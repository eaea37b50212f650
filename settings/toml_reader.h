// TOML text to a tree. toml_reader.cc is the one translation unit that includes toml++.
#pragma once

#include <memory>

#include "settings/node.h"
#include "settings/problems.h"

namespace godwit {

// A file that is not TOML gives an empty table and one problem: the parser stops at the first.
Node ReadToml(std::shared_ptr<const SourceFile> file, Problems& problems);

}  // namespace godwit
