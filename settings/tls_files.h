// Reads and checks the files that [tls] of either program names: for the programs that connect or
// listen with them, and for `config check`, which only checks the settings.
#pragma once

#include <string>

#include "platform/file_system.h"
#include "settings/problems.h"
#include "settings/values.h"

namespace godwit {

// The texts in PEM. Empty: the setting names no file.
struct TlsTexts {
  std::string ca;
  std::string certificate;
  std::string key;

  friend bool operator==(const TlsTexts& a, const TlsTexts& b) = default;
};

// Reads the files that the settings of [tls] name. These are problems at the setting's place: a
// file that cannot be read, is empty, or holds something else than its setting says; a key of
// another certificate. Blocks.
TlsTexts ReadTlsFiles(const SettingValues& tls, FileSystem& files, Problems& problems);

}  // namespace godwit
