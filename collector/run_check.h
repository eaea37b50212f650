// What settings must give before a collector can run with them, judged in one place: for a start
// and for `config check`. What the settings say by themselves is judged when they are loaded; here
// it is what they name on this machine.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "settings/collector_settings.h"
#include "settings/tls_files.h"

namespace godwit::collector {

// Reads the files that the settings name and resolves the addresses to listen at; makes and changes
// nothing. Blocks. kInvalidArgument: all that is wrong, each at its place.
[[nodiscard]] StatusOr<TlsTexts> CheckToRun(const CollectorSettings& settings);

// Makes this process the owner of the store (collector/store_command.h). kPermissionDenied as
// there; a folder that cannot be is kInvalidArgument at the setting's place.
[[nodiscard]] Status BecomeStoreOwner(const CollectorSettings& settings,
                                      const std::vector<std::string>& command_line);

}  // namespace godwit::collector
