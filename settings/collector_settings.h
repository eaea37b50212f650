// The settings of collector.toml. Their names in the file never change; collector_schema.cc has all
// of them, with their meanings, defaults and bounds.
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
  std::string listen_http;        // empty: nothing is served there
  bool listen_insecure = false;   // allows plaintext beyond loopback
  bool listen_strangers = false;  // confirms that devices elsewhere need no certificate
  std::vector<IpNetwork> trusted_proxies;
  TlsSettings tls;
  IdentityMode identity_mode = IdentityMode::kOff;
  IdentityMap identity_map;
  std::string store_path;
  absl::Duration retention_age;
  ByteCount retention_bytes = 0;
  absl::Duration retention_min_age;  // at most retention_age
  double reserve_free = 0;           // a share of the disk, 0 to 1
  absl::Duration merge_after;
  ByteCount limits_received = 0;  // of all messages in memory that wait for a verdict
  // The quotas of one device; 0: no quota.
  ByteCount device_bytes = 0;
  uint64_t device_series = 0;

  // Warnings about allowed settings that an operator should know; each is a sentence.
  std::vector<std::string> warnings;

  // The checked values behind these members, for output to people.
  CheckedSettings checked;
  std::vector<std::string> files;  // the paths of the files that were read
};

// Loads the file at `path` and the files of the conf.d folder beside it. kInvalidArgument: all
// problems at once, each with its place; other codes: a file cannot be read.
[[nodiscard]] StatusOr<CollectorSettings> LoadCollectorSettings(
    const std::string& path, const SettingsDependencies& dependencies);
// Parses one text. Does not expand "${…}" (settings/expansion.h). `file` is only for messages.
[[nodiscard]] StatusOr<CollectorSettings> ParseCollectorSettings(std::string_view text,
                                                                 const std::string& file);

}  // namespace godwit
