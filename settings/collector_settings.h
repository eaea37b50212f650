// The settings of collector.toml. Their names never change; collector_schema.cc has them all.
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
  // The quotas of one device; 0: no quota.
  ByteCount device_bytes = 0;
  uint64_t device_series = 0;

  // Warnings about allowed settings that an operator should know; each is a sentence.
  std::vector<std::string> warnings;

  // The checked values behind these members, for those who show them.
  CheckedSettings checked;
  std::vector<std::string> files;
};

// Loads FILE and the conf.d beside it; errors as in LoadAgentSettings.
[[nodiscard]] StatusOr<CollectorSettings> LoadCollectorSettings(
    const std::string& path, const SettingsDependencies& dependencies);
// Parses one text, in which nothing expands. `file` is only for messages.
[[nodiscard]] StatusOr<CollectorSettings> ParseCollectorSettings(std::string_view text,
                                                                 const std::string& file);

}  // namespace godwit
