// Checks a value of a file against its setting.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "settings/node.h"
#include "settings/problems.h"
#include "settings/schema.h"
#include "settings/values.h"

namespace godwit {

// Returns the checked value; nothing if it is wrong, which adds a problem. `path` is the setting's
// full name.
std::optional<CheckedValue> CheckValue(const Setting& setting, std::string_view path,
                                       const Node& node, Problems& problems);

// Returns the setting's default; there must be one.
CheckedValue DefaultValue(const Setting& setting);

// Returns a value as TOML, on one line.
std::string TomlText(const Node& node);
// Returns a string as TOML.
std::string TomlString(std::string_view text);

}  // namespace godwit
