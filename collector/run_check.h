// Checks in one place whether a collector can run with its settings: for a start and for `config
// check`. Loading checks the settings themselves; this checks what they name on this machine.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "settings/collector_settings.h"
#include "settings/tls_files.h"

namespace godwit::collector {

// Reads the files that the settings name, and resolves the addresses to listen on; changes nothing.
// Blocks. kInvalidArgument: everything that is wrong, each fault at its place.
[[nodiscard]] StatusOr<TlsTexts> CheckToRun(const CollectorSettings& settings);

// Makes this process run as the owner of the store (collector/store_command.h). kPermissionDenied
// as there; kInvalidArgument, at the setting's place: the folder cannot be checked.
[[nodiscard]] Status BecomeStoreOwner(const CollectorSettings& settings,
                                      const std::vector<std::string>& command_line);

}  // namespace godwit::collector
