// The files that [tls] of either program names: read and checked in one place, for the programs
// that connect or listen with them and for `config check`, which only checks the settings.
#pragma once

#include <string>

#include "platform/file_system.h"
#include "settings/problems.h"
#include "settings/values.h"

namespace godwit {

// PEM texts. Empty: the setting names no file.
struct TlsTexts {
  std::string ca;
  std::string certificate;
  std::string key;

  friend bool operator==(const TlsTexts& a, const TlsTexts& b) = default;
};

// Reads what the settings of [tls] name. A file that cannot be read, that is empty, that holds
// something else than its setting says, or a key of another certificate is a problem at the
// setting's place. Blocks.
TlsTexts ReadTlsFiles(const SettingValues& tls, FileSystem& files, Problems& problems);

}  // namespace godwit
