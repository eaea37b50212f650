#include "settings/agent_settings.h"

#include <algorithm>
#include <utility>

#include "base/endpoint.h"
#include "base/text.h"
#include "settings/address_check.h"
#include "settings/loader.h"
#include "settings/named_paths.h"

namespace godwit {
namespace {

constexpr size_t kIdBytesMax = 255;
constexpr size_t kProgramNameBytesMax = 64;
constexpr std::string_view kSensorsPath = "sensors.";

// Of keepalive.time = "auto". An upload and its answer take less than the margin on most links.
constexpr absl::Duration kKeepaliveMargin = absl::Seconds(15);
constexpr absl::Duration kKeepaliveAutoMin = absl::Seconds(30);
constexpr absl::Duration kKeepaliveAutoMax = absl::Minutes(10);

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
  if (settings.state.empty())
    problems.Add(values.PlaceOf("state"), "'agent.state' must name a folder");
  for (const char* source : {"@machine-id", "@serial", "@hostname"}) {
    if (settings.id == source) return;
  }
  if (settings.id.starts_with('@')) {
    problems.Add(values.PlaceOf("id"),
                 Cat("'agent.id' has the unknown source \"", settings.id, "\""),
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

AddressSetting Endpoint(const SettingValues& upload) {
  return {.values = upload, .section = "upload", .key = "endpoint", .port = "7443"};
}

void TakeUpload(const SettingValues& values, AgentSettings& settings, Problems& problems) {
  settings.upload_endpoint = values.String("endpoint");
  settings.upload_stream_period = values.Duration("stream_period");
  settings.upload_keepalive = {.time = values.DurationOrChoice("keepalive.time")
                                           .value_or(AutomaticKeepaliveTime(settings.batch_period)),
                               .timeout = values.Duration("keepalive.timeout")};
  settings.upload_backoff.initial = values.Duration("backoff.initial");
  settings.upload_backoff.max = values.Duration("backoff.max");
  settings.upload_insecure = values.Bool("insecure");
  if (settings.upload_backoff.max < settings.upload_backoff.initial) {
    problems.Add(values.PlaceOf("backoff.max"),
                 "'upload.backoff.max' is less than upload.backoff.initial",
                 Cat("upload.backoff.initial is ", DurationText(settings.upload_backoff.initial)));
  }
  if (!settings.upload_endpoint.empty()) CheckAddress(Endpoint(values), problems);
}

// What goes over the wire, and to whom: settings of two sections that only make sense together. TLS
// is used where tls.ca says whom to trust; without it only this machine is.
void CheckUplink(const AgentSettings& settings, Problems& problems) {
  const SettingValues& upload = settings.checked.sections.at("upload");
  const SettingValues& tls = settings.checked.sections.at("tls");
  if (settings.upload_endpoint.empty()) return;
  if (!settings.tls.ca.empty()) {
    if (!settings.upload_insecure) return;
    problems.Add(upload.PlaceOf("insecure"),
                 "tls.ca and upload.insecure = true contradict each other", "remove one of them");
  } else if (!settings.tls.certificate.empty()) {
    problems.Add(tls.PlaceOf("certificate"),
                 "'tls.certificate' needs tls.ca: the CA of the collector's certificate");
  } else if (!settings.upload_insecure) {
    RequireLoopback(Endpoint(upload),
                    "set tls.ca, or upload.insecure = true to send everything in plaintext",
                    problems);
  }
}

// Nothing on a device listens to the network.
void CheckListen(const SensorSettings& sensor, const Setting& listen, Problems& problems) {
  const std::string section = Cat(kSensorsPath, sensor.type);
  std::string_view usual = listen.fallback;  // "\"127.0.0.1:8125\""
  usual.remove_prefix(1);
  usual.remove_suffix(1);
  const AddressSetting setting{.values = sensor.own,
                               .section = section,
                               .key = listen.key,
                               .port = usual.substr(usual.rfind(':') + 1),
                               .is_listened_at = true};
  if (IsLoopback(sensor.own.String(listen.key)) || !CheckAddress(setting, problems)) return;
  problems.Add(sensor.own.PlaceOf(listen.key),
               Cat("'", section, ".", listen.key, "' must be on this machine's loopback"),
               Cat("such as \"", usual, "\""));
}

// People select series by their names, and write attributes in braces behind them.
void CheckMetric(const SensorSettings& sensor, Problems& problems) {
  const std::string& metric = sensor.own.String("metric");
  if (!metric.empty() && metric.size() <= kIdBytesMax &&
      metric.find_first_of(" \t{}") == std::string::npos) {
    return;
  }
  problems.Add(sensor.own.PlaceOf("metric"),
               Cat("'sensors.", sensor.type, ".metric' must be a name of 1 to ", kIdBytesMax,
                   " bytes, without white space and braces"),
               "such as \"boiler.pressure\"");
}

void CheckSensor(const SensorSettings& sensor, Problems& problems) {
  if (sensor.name.empty() || sensor.name.size() > kIdBytesMax) {
    problems.Add(sensor.own.PlaceOf("name"), Cat("'name' must have 1 to ", kIdBytesMax, " bytes"));
  }
  const SettingsSection& section = *AgentSchema().Find(Cat(kSensorsPath, sensor.type));
  for (const Setting& setting : section.settings) {
    if (setting.traits.is_listened_at) CheckListen(sensor, setting, problems);
  }
  if (sensor.own.Has("metric")) CheckMetric(sensor, problems);
  for (const NamedPath& named : PathsIn(section, sensor.own)) {
    if (named.path.starts_with('/')) continue;
    problems.Add(named.place, Cat("'", named.setting, "' must begin with an absolute path"),
                 "a path that begins with /");
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
                   Cat("'remote.programs': '", name, "' is not a valid name of a program"),
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

AgentSettings TakeAll(CheckedSettings checked, Problems& problems,
                      SettingsExtent extent = SettingsExtent::kWhole) {
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
  // Of a part, and of values that are wrong, nobody knows what they make together.
  if (extent == SettingsExtent::kWhole && problems.empty()) CheckUplink(settings, problems);
  return settings;
}

}  // namespace

absl::Duration AutomaticKeepaliveTime(absl::Duration batch_period) {
  return std::clamp(batch_period + kKeepaliveMargin, kKeepaliveAutoMin, kKeepaliveAutoMax);
}

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
                 "set both or neither");
  }
  return tls;
}

namespace {

StatusOr<AgentSettings> TakeLoaded(LoadedSettings loaded, Problems& problems) {
  AgentSettings settings = TakeAll(std::move(loaded.checked), problems);
  GODWIT_RETURN_IF_ERROR(problems.ToStatus());
  settings.files = std::move(loaded.files);
  settings.files_hash = std::move(loaded.files_hash);
  settings.sources = std::move(loaded.sources);
  return settings;
}

}  // namespace

StatusOr<AgentSettings> LoadAgentSettings(const std::string& path,
                                          const SettingsDependencies& dependencies) {
  Problems problems;
  GODWIT_ASSIGN_OR_RETURN(LoadedSettings loaded,
                          LoadSettingsFiles(AgentSchema(), path, dependencies, problems));
  return TakeLoaded(std::move(loaded), problems);
}

StatusOr<AgentSettings> LoadAgentSettings(const SettingsSources& own,
                                          const SettingsDependencies& dependencies) {
  Problems problems;
  LoadedSettings loaded = LoadSettingsTexts(AgentSchema(), own, dependencies, problems);
  return TakeLoaded(std::move(loaded), problems);
}

StatusOr<AgentSettings> LoadAgentSettings(const SettingsSources& own,
                                          const SettingsDependencies& dependencies,
                                          const PushedText& pushed) {
  Problems problems;
  LoadedSettings loaded = LoadSettingsTexts(AgentSchema(), own, dependencies, pushed, problems);
  return TakeLoaded(std::move(loaded), problems);
}

std::string FindStateFolder(const std::string& path, const SettingsDependencies& dependencies) {
  return ReadSettingsTolerantly(AgentSchema(), path, dependencies)
      .sections.at("agent")
      .String("state");
}

Status CheckPushedSettings(const PushedText& pushed) {
  Problems problems;
  TakeAll(ReadPushedText(AgentSchema(), pushed, problems), problems, SettingsExtent::kPart);
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
