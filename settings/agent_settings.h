// agent.toml. The names are agreed for ever; config/agent.toml explains each.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/backoff.h"
#include "base/status.h"
#include "base/units.h"

namespace godwit {

struct KeepaliveSettings {
  absl::Duration time = absl::Seconds(30);
  absl::Duration timeout = absl::Seconds(10);
  friend bool operator==(const KeepaliveSettings&, const KeepaliveSettings&) = default;
};

struct TlsSettings {
  std::string ca;
  std::string certificate;
  std::string key;
  friend bool operator==(const TlsSettings&, const TlsSettings&) = default;
};

// What every sensor takes.
struct SensorSettings {
  std::string type;
  std::string name;
  absl::Duration interval;
  absl::Duration timeout;
  bool enabled = true;
  std::map<std::string, std::string> attributes;
  // Of [[sensors.system]].
  std::vector<std::string> include;
  // Of [[sensors.pattern]].
  int64_t series = 1;
  std::string shape;
  double resolution = 0;
  friend bool operator==(const SensorSettings&, const SensorSettings&) = default;
};

struct AgentSettings {
  std::string id;    // "@machine-id", "@serial", "@hostname" or a literal
  std::string name;  // "@hostname" or a literal
  absl::Duration interval;
  std::map<std::string, std::string> labels;
  std::string state;

  absl::Duration batch_period;

  std::string spool_path;
  ByteCount spool_max_bytes = 0;
  std::string spool_when_full;
  double spool_reserve_free = 0;

  std::string upload_endpoint;
  absl::Duration upload_stream_period;
  KeepaliveSettings upload_keepalive;
  BackoffOptions upload_backoff;
  bool upload_insecure = false;

  TlsSettings tls;
  std::vector<SensorSettings> sensors;
  friend bool operator==(const AgentSettings&, const AgentSettings&) = default;
};

// All problems at once, a line each, as kInvalidArgument. `file` is only for messages.
[[nodiscard]] StatusOr<AgentSettings> ParseAgentSettings(std::string_view text,
                                                         const std::string& file);

// What an agent runs with, by the settings' names: for whoever looks at it from afar. No secrets.
std::vector<std::pair<std::string, std::string>> EffectiveSettings(const AgentSettings& settings);

// [tls] of either program: certificate and key come together.
class SettingsTable;
TlsSettings ParseTls(SettingsTable table);

}  // namespace godwit
