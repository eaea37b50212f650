// One value of a file against what its setting allows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "settings/node.h"
#include "settings/problems.h"
#include "settings/schema.h"
#include "settings/values.h"

namespace godwit {

// Nothing when it is wrong: the problem is noted. `path` is the setting's full name.
std::optional<CheckedValue> CheckValue(const Setting& setting, std::string_view path,
                                       const Node& node, Problems& problems);

// The setting's default; it must have one.
CheckedValue DefaultValue(const Setting& setting);

// A value as TOML, on one line.
std::string TomlText(const Node& node);
// A string as TOML writes it.
std::string TomlString(std::string_view text);

}  // namespace godwit
