#include "agent/configuration_assembly.h"

#include <utility>

#include "agent/assembly.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_file_system.h"

namespace godwit::agent {
namespace {

// What a name leads to counts, too: /proc/self/root is everything.
Status CheckLinks(const AgentSettings& settings, const Revision& revision) {
  const std::string source = RevisionName(revision.id);
  const auto check = [&](const Place& place, const std::string& path) {
    if (place.file == nullptr || place.file->name != source) return absl::OkStatus();
    const std::string target = ResolveLinks(path);
    if (target.empty() || IsAllowedPath(target, settings.remote_rules.paths)) {
      return absl::OkStatus();
    }
    return Error(StatusCode::kPermissionDenied,
                 Cat(PlaceText(place), ": ", path, " leads to ", target,
                     ", which remote.config.paths in the device's own settings does not allow"));
  };
  const SettingValues& tls = settings.checked.sections.at("tls");
  GODWIT_RETURN_IF_ERROR(check(tls.PlaceOf("ca"), tls.String("ca")));
  for (const SensorSettings& sensor : settings.sensors) {
    if (sensor.own.Has("path")) {
      GODWIT_RETURN_IF_ERROR(check(sensor.own.PlaceOf("path"), sensor.own.String("path")));
    }
    if (sensor.own.Has("command")) {
      GODWIT_RETURN_IF_ERROR(
          check(sensor.own.PlaceOf("command"), sensor.own.Strings("command").front()));
    }
  }
  return absl::OkStatus();
}

void SaveState(Configuration& configuration) {
  if (configuration.file == nullptr) return;
  const Status saved = configuration.file->Save(configuration.state);
  if (!saved.ok()) LogWarning(Cat("configuration state: ", Message(saved)));
}

}  // namespace

StatusOr<AgentSettings> LoadConfigured(const std::string& path, const Revision& revision) {
  if (revision.id.empty()) return LoadSettings(path);
  LinuxFileSystem files;
  GODWIT_ASSIGN_OR_RETURN(
      AgentSettings settings,
      LoadAgentSettings(path, {.files = files, .environment = EnvironmentVariable},
                        {.name = RevisionName(revision.id), .text = revision.text}));
  GODWIT_RETURN_IF_ERROR(CheckLinks(settings, revision));
  return settings;
}

Configuration OpenConfiguration(const std::string& path, AgentSettings own, FileSystem& files) {
  Configuration configuration{.path = path};
  auto file = ConfigurationFile::Open(files, own.state + "/configuration");
  if (file.ok()) {
    configuration.file = *std::move(file);
  } else {
    configuration.file_error = file.status();
    LogError(Cat("configuration state: ", Message(file.status()),
                 "; the device's own files rule alone"));
  }
  const auto boot = CurrentBootId();
  if (configuration.file != nullptr && boot.ok()) {
    configuration.state = AfterStart(configuration.file->state(), own.files_hash, *boot);
    SaveState(configuration);
  }
  const Revision& confirmed = configuration.state.confirmed;
  if (!confirmed.id.empty()) {
    auto settings = LoadConfigured(path, confirmed);
    if (!settings.ok()) {
      GiveUp(configuration, std::move(own), settings.status());
      return configuration;
    }
    configuration.settings = *std::move(settings);
    return configuration;
  }
  configuration.settings = std::move(own);
  return configuration;
}

void GiveUp(Configuration& configuration, AgentSettings own, const Status& why) {
  ConfigurationState& state = configuration.state;
  LogError(Cat(RevisionName(state.confirmed.id), " does not run here any more: ", Message(why)));
  End(state, {state.confirmed.offer, OfferState::kFailed,
              Cat("it does not run here any more: ", Message(why))});
  state.confirmed = {};
  state.previous = {};
  configuration.settings = std::move(own);
  SaveState(configuration);
}

ConfigureOptions MakeConfigureOptions(const AgentSettings& settings, const BootId& boot_id) {
  return {.enabled = settings.remote_config,
          .confirm = settings.remote_confirm,
          .files_hash = settings.files_hash,
          .boot_id = boot_id};
}

}  // namespace godwit::agent
