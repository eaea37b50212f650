// Addresses in settings: their form, and where plaintext is allowed.
#pragma once

#include <string_view>

#include "settings/problems.h"
#include "settings/values.h"

namespace godwit {

// One setting that holds an address, "host:port".
struct AddressSetting {
  const SettingValues& values;  // of its section
  std::string_view section;     // "upload"
  std::string_view key;         // "endpoint"
  std::string_view port;        // the usual one, for hints
  bool is_listened_at = false;  // port 0 then means one that the system chooses
};

// Adds a problem for a text that is no address, and returns whether it is one.
bool CheckAddress(const AddressSetting& setting, Problems& problems);

// Adds a problem for an address beyond this machine: what goes there would be plaintext. `remedy`
// says what to set. Only for an address that CheckAddress takes.
void RequireLoopback(const AddressSetting& setting, std::string_view remedy, Problems& problems);

}  // namespace godwit
