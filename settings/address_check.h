// Checks addresses in settings: their form, and where plaintext is allowed.
#pragma once

#include <string_view>

#include "settings/problems.h"
#include "settings/values.h"

namespace godwit {

// A setting that holds an address, "host:port".
struct AddressSetting {
  const SettingValues& values;  // of its section
  std::string_view section;     // "upload"
  std::string_view key;         // "endpoint"
  std::string_view port;        // the usual port, for hints
  bool is_listened_at = false;  // then port 0 is valid: the system chooses one
};

// Adds a problem if the text is not an address. Returns whether it is one.
bool CheckAddress(const AddressSetting& setting, Problems& problems);

// Adds a problem for an address beyond this machine, where traffic would be plaintext. `remedy`
// says what to set. Only for addresses that passed CheckAddress.
void RequireLoopback(const AddressSetting& setting, std::string_view remedy, Problems& problems);

}  // namespace godwit
