// collector.toml. The names are agreed for ever; collector_schema.cc has them all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/identity_map.h"
#include "base/identity_mode.h"
#include "base/ip_network.h"
#include "base/status.h"
#include "base/units.h"
#include "settings/agent_settings.h"

namespace godwit {

struct CollectorSettings {
  std::string listen_devices;
  std::string listen_operators;
  std::string listen_http;  // empty: nothing is served there
  bool listen_insecure = false;
  bool listen_strangers = false;
  std::vector<IpNetwork> trusted_proxies;
  TlsSettings tls;
  IdentityMode identity_mode = IdentityMode::kOff;
  IdentityMap identity_map;
  std::string store_path;
  absl::Duration retention_age;
  ByteCount retention_bytes = 0;
  absl::Duration retention_min_age;  // at most retention_age
  double reserve_free = 0;
  absl::Duration merge_after;
  ByteCount limits_received = 0;
  // Of one device; 0: no quota.
  ByteCount device_bytes = 0;
  uint64_t device_series = 0;

  // What is allowed and an operator should know of; each is a sentence.
  std::vector<std::string> warnings;

  // What stands behind all this, for those who show it.
  CheckedSettings checked;
  std::vector<std::string> files;
};

// FILE and conf.d beside it; errors as LoadAgentSettings has them.
[[nodiscard]] StatusOr<CollectorSettings> LoadCollectorSettings(
    const std::string& path, const SettingsDependencies& dependencies);
// One text, in which nothing expands. `file` is only for messages.
[[nodiscard]] StatusOr<CollectorSettings> ParseCollectorSettings(std::string_view text,
                                                                 const std::string& file);

}  // namespace godwit
