// Finds TOML text that nests too deep before a parser sees it. toml++ bounds only the depth of
// values: a header or a dotted key of some thousand parts makes a tree that overflows the stack
// when it is read or freed.
#pragma once

#include <memory>
#include <optional>

#include "settings/source_file.h"

namespace godwit {

// The largest number of levels: the parts of a header, of a dotted key, and the brackets around a
// value, added up. Settings need five.
inline constexpr int kTomlDepthMax = 32;

// Returns the place where the text first nests deeper than kTomlDepthMax. It reads every text as
// the parser does up to the parser's first error; what comes behind that error is never parsed.
std::optional<Place> FindTooDeep(const std::shared_ptr<const SourceFile>& file);

}  // namespace godwit
