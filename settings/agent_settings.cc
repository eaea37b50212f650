#include "settings/agent_settings.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "settings/loader.h"

namespace godwit {
namespace {

constexpr size_t kIdBytesMax = 255;
constexpr size_t kProgramNameBytesMax = 64;
constexpr std::string_view kSensorsPath = "sensors.";

void TakeAgent(const SettingValues& values, AgentSettings& settings, Problems& problems) {
  settings.id = values.String("id");
  settings.name = values.String("name");
  settings.interval = values.Duration("interval");
  settings.labels = values.Map("labels");
  settings.state = values.String("state");
  settings.max_series = static_cast<size_t>(values.Integer("max_series"));
  const auto check_length = [&](std::string_view key, const std::string& text) {
    if (!text.empty() && text.size() <= kIdBytesMax) return;
    problems.Add(values.PlaceOf(key),
                 Cat("'agent.", key, "' must have 1 to ", kIdBytesMax, " bytes"));
  };
  check_length("id", settings.id);
  check_length("name", settings.name);
  for (const char* source : {"@machine-id", "@serial", "@hostname"}) {
    if (settings.id == source) return;
  }
  if (settings.id.starts_with('@')) {
    problems.Add(values.PlaceOf("id"), Cat("'agent.id' knows no source \"", settings.id, "\""),
                 "known: \"@machine-id\", \"@serial\", \"@hostname\"");
  }
}

void TakeSpool(const SettingValues& values, AgentSettings& settings) {
  settings.spool_path = values.String("path");
  if (settings.spool_path.empty()) settings.spool_path = settings.state + "/spool";
  settings.spool_max_bytes = values.Size("max_bytes");
  settings.spool_when_full = values.String("when_full");
  settings.spool_reserve_free = values.Number("reserve_free");
}

void TakeUpload(const SettingValues& values, AgentSettings& settings, Problems& problems) {
  settings.upload_endpoint = values.String("endpoint");
  settings.upload_stream_period = values.Duration("stream_period");
  settings.upload_keepalive = {.time = values.Duration("keepalive.time"),
                               .timeout = values.Duration("keepalive.timeout")};
  settings.upload_backoff.initial = values.Duration("backoff.initial");
  settings.upload_backoff.max = values.Duration("backoff.max");
  settings.upload_insecure = values.Bool("insecure");
  if (settings.upload_backoff.max < settings.upload_backoff.initial) {
    problems.Add(values.PlaceOf("backoff.max"),
                 "'upload.backoff.max' is less than upload.backoff.initial",
                 Cat("that is ", DurationText(settings.upload_backoff.initial)));
  }
  const std::string& endpoint = settings.upload_endpoint;
  if (!endpoint.empty() && endpoint.rfind(':') == std::string::npos) {
    problems.Add(values.PlaceOf("endpoint"), "'upload.endpoint' needs a port",
                 Cat("write \"", endpoint, ":7443\"?"));
  } else if (endpoint.find("://") != std::string::npos) {
    problems.Add(values.PlaceOf("endpoint"), "'upload.endpoint' is a name and a port, no URL",
                 "write \"collector.example.org:7443\"");
  }
}

// Nothing on a device listens to the network.
bool IsLoopback(const std::string& address) {
  for (const char* host : {"127.", "[::1]:", "localhost:"}) {
    if (address.starts_with(host) && address.find(':') != std::string::npos) return true;
  }
  return false;
}

void CheckSensor(const SensorSettings& sensor, Problems& problems) {
  if (sensor.name.empty() || sensor.name.size() > kIdBytesMax) {
    problems.Add(sensor.own.PlaceOf("name"), Cat("'name' must have 1 to ", kIdBytesMax, " bytes"));
  }
  if (sensor.own.Has("listen") && !IsLoopback(sensor.own.String("listen"))) {
    problems.Add(sensor.own.PlaceOf("listen"),
                 Cat("'sensors.", sensor.type, ".listen' must be on this machine's loopback"),
                 "such as \"127.0.0.1:8125\"");
  }
  for (const char* key : {"path", "command"}) {
    if (!sensor.own.Has(key)) continue;
    const std::string& path =
        *key == 'p' ? sensor.own.String(key) : sensor.own.Strings(key).front();
    if (path.starts_with('/')) continue;
    problems.Add(sensor.own.PlaceOf(key),
                 Cat("'sensors.", sensor.type, ".", key, "' must begin with a full path"),
                 "one that begins with /");
  }
}

SensorSettings TakeSensor(std::string type, SettingValues values, absl::Duration interval) {
  SensorSettings sensor{.type = std::move(type)};
  sensor.name = values.Has("name") ? values.String("name") : sensor.type;
  sensor.interval = values.Has("interval") ? values.Duration("interval") : interval;
  sensor.timeout = values.Duration("timeout");
  sensor.enabled = values.Bool("enabled");
  sensor.attributes = values.Map("attributes");
  sensor.own = std::move(values);
  return sensor;
}

// What people type, and what stands in logs.
bool IsProgramName(const std::string& name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kProgramNameBytesMax && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), is_plain);
}

void TakePrograms(const SettingValues& values, AgentSettings& settings, Problems& problems) {
  for (const auto& [name, text] : values.Map("programs")) {
    if (!IsProgramName(name)) {
      problems.Add(values.PlaceOf("programs"),
                   Cat("'remote.programs': '", name, "' is no name of a program"),
                   Cat("1 to ", kProgramNameBytesMax, " letters, digits, '-', '_' and '.'"));
    }
    auto program = ProgramTemplate::Parse(text);
    if (!program.ok()) {
      problems.Add(values.PlaceOf("programs"),
                   Cat("'remote.programs': '", name, "': ", Message(program.status())),
                   "such as \"/usr/local/bin/valve set <[0-9]{1,3}>\"");
      continue;
    }
    settings.remote_programs.emplace(name, *std::move(program));
  }
  settings.remote_program_timeout = values.Duration("program_timeout");
}

void TakeRemote(const SettingValues& values, AgentSettings& settings, Problems& problems) {
  TakePrograms(values, settings, problems);
  settings.remote_commands = values.Strings("commands");
  settings.remote_sensors = values.Strings("sensors");
  settings.remote_config = values.Bool("config.enabled");
  settings.remote_confirm = values.Duration("config.confirm");
  settings.remote_max_memory = values.Size("config.max_memory");
  settings.remote_rules = {.allow = values.Strings("config.allow"),
                           .paths = values.Strings("config.paths")};
  settings.remote_fallback_after = values.Duration("fallback_after");
}

AgentSettings TakeAll(CheckedSettings checked, Problems& problems) {
  AgentSettings settings;
  TakeAgent(checked.sections.at("agent"), settings, problems);
  settings.batch_period = checked.sections.at("batch").Duration("period");
  TakeSpool(checked.sections.at("spool"), settings);
  TakeUpload(checked.sections.at("upload"), settings, problems);
  settings.tls = TlsFrom(checked.sections.at("tls"), problems);
  TakeRemote(checked.sections.at("remote"), settings, problems);
  for (const auto& [path, values] : checked.repeated) {
    settings.sensors.push_back(
        TakeSensor(path.substr(kSensorsPath.size()), values, settings.interval));
    CheckSensor(settings.sensors.back(), problems);
  }
  settings.checked = std::move(checked);
  return settings;
}

}  // namespace

bool operator==(const AgentSettings& a, const AgentSettings& b) {
  return a.checked.sections == b.checked.sections && a.checked.repeated == b.checked.repeated;
}

TlsSettings TlsFrom(const SettingValues& values, Problems& problems) {
  TlsSettings tls{.ca = values.String("ca"),
                  .certificate = values.String("certificate"),
                  .key = values.String("key")};
  if (tls.certificate.empty() != tls.key.empty()) {
    const char* there = tls.key.empty() ? "certificate" : "key";
    const char* missing = tls.key.empty() ? "key" : "certificate";
    problems.Add(values.PlaceOf(there), Cat("'tls.", there, "' without 'tls.", missing, "'"),
                 "they come together");
  }
  return tls;
}

namespace {

StatusOr<AgentSettings> TakeLoaded(LoadedSettings loaded, Problems& problems) {
  AgentSettings settings = TakeAll(std::move(loaded.checked), problems);
  GODWIT_RETURN_IF_ERROR(problems.ToStatus());
  settings.files = std::move(loaded.files);
  settings.files_hash = std::move(loaded.files_hash);
  return settings;
}

}  // namespace

StatusOr<AgentSettings> LoadAgentSettings(const std::string& path, const SettingsWorld& world) {
  Problems problems;
  GODWIT_ASSIGN_OR_RETURN(LoadedSettings loaded,
                          LoadSettingsFiles(AgentSchema(), path, world, problems));
  return TakeLoaded(std::move(loaded), problems);
}

StatusOr<AgentSettings> LoadAgentSettings(const std::string& path, const SettingsWorld& world,
                                          const PushedText& pushed) {
  Problems problems;
  GODWIT_ASSIGN_OR_RETURN(LoadedSettings loaded,
                          LoadSettingsFiles(AgentSchema(), path, world, pushed, problems));
  return TakeLoaded(std::move(loaded), problems);
}

Status CheckPushedSettings(const PushedText& pushed) {
  Problems problems;
  TakeAll(ReadPushedText(AgentSchema(), pushed, problems), problems);
  return problems.ToStatus();
}

StatusOr<AgentSettings> ParseAgentSettings(std::string_view text, const std::string& file) {
  Problems problems;
  AgentSettings settings = TakeAll(ReadSettingsText(AgentSchema(), text, file, problems), problems);
  GODWIT_RETURN_IF_ERROR(problems.ToStatus());
  settings.files = {file};
  return settings;
}

}  // namespace godwit
