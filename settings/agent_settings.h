// The settings of agent.toml. Their names never change; agent_schema.cc has them all.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/backoff.h"
#include "base/program_template.h"
#include "base/status.h"
#include "base/units.h"
#include "settings/expansion.h"
#include "settings/pushed.h"
#include "settings/values.h"

namespace godwit {

// Returns the value of keepalive.time = "auto": the batch period plus 15 s, at least 30 s and at
// most 10 min. So a batch of each period proves the link before a ping is due.
absl::Duration AutomaticKeepaliveTime(absl::Duration batch_period);

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

// The settings of a sensor: those that every sensor has, and those of its type.
struct SensorSettings {
  std::string type;
  std::string name;
  absl::Duration interval;
  absl::Duration timeout;
  bool enabled = true;
  std::map<std::string, std::string> attributes;
  SettingValues own;
  friend bool operator==(const SensorSettings&, const SensorSettings&) = default;
};

struct AgentSettings {
  std::string id;    // "@machine-id", "@serial", "@hostname" or a literal
  std::string name;  // "@hostname" or a literal
  absl::Duration interval;
  std::map<std::string, std::string> labels;
  std::string state;
  size_t max_series = 0;

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
  std::vector<std::string> remote_commands;                // kinds
  std::vector<std::string> remote_sensors;                 // patterns
  std::map<std::string, ProgramTemplate> remote_programs;  // by the names they are run by
  absl::Duration remote_program_timeout;
  bool remote_config = false;  // whether configurations may be pushed
  absl::Duration remote_confirm;
  ByteCount remote_max_memory = 0;
  PushRules remote_rules;
  absl::Duration remote_fallback_after;
  std::vector<SensorSettings> sensors;

  // The checked values behind these members, for those who show them.
  CheckedSettings checked;
  std::vector<std::string> files;
  std::string files_hash;   // of the device's own, 16 bytes
  SettingsSources sources;  // the same files' texts

  friend bool operator==(const AgentSettings& a, const AgentSettings& b);
};

// Loads FILE and the conf.d beside it. kInvalidArgument: all problems at once, each with its place;
// other codes: a file cannot be read.
[[nodiscard]] StatusOr<AgentSettings> LoadAgentSettings(const std::string& path,
                                                        const SettingsDependencies& dependencies);
// Loads texts that were read before, whatever the files have by now.
[[nodiscard]] StatusOr<AgentSettings> LoadAgentSettings(const SettingsSources& own,
                                                        const SettingsDependencies& dependencies);
// Loads texts that were read before, with a pushed configuration on top of them.
[[nodiscard]] StatusOr<AgentSettings> LoadAgentSettings(const SettingsSources& own,
                                                        const SettingsDependencies& dependencies,
                                                        const PushedText& pushed);
// Returns agent.state, as far as it can be found in files that are not valid.
std::string FindStateFolder(const std::string& path, const SettingsDependencies& dependencies);
// Checks a pushed configuration as far as possible without the device: reports all problems at
// once.
[[nodiscard]] Status CheckPushedSettings(const PushedText& pushed);
// Parses one text, in which nothing expands. `file` is only for messages.
[[nodiscard]] StatusOr<AgentSettings> ParseAgentSettings(std::string_view text,
                                                         const std::string& file);

// Returns [tls] of either program: certificate and key come together.
TlsSettings TlsFrom(const SettingValues& values, Problems& problems);

}  // namespace godwit
