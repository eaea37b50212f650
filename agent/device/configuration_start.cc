#include "agent/device/configuration_start.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

void SaveState(Configuration& configuration) {
  if (configuration.file == nullptr) return;
  const Status saved = configuration.file->Save(configuration.state);
  if (!saved.ok()) LogWarning(Cat("configuration state: ", Message(saved)));
}

}  // namespace

std::string ConfigurationFolderIn(const std::string& state) {
  return state + "/configuration";
}

Configuration OpenConfiguration(OwnSettings own, SettingsLoader& loader, FileSystem& files,
                                const StatusOr<BootId>& boot) {
  Configuration configuration{.own_files = own.files};
  if (!own.files.ok()) {
    LogError(
        Cat("the device's own settings files have errors, so the kept copy of them is in force: ",
            Message(own.files)));
  }
  auto file = ConfigurationFile::Open(files, ConfigurationFolderIn(own.settings.state));
  if (file.ok()) {
    configuration.file = *std::move(file);
  } else {
    configuration.file_error = file.status();
    LogError(Cat("configuration state: ", Message(file.status()),
                 "; the device's own files are in force alone"));
  }
  if (configuration.file != nullptr && boot.ok()) {
    configuration.state = AfterStart(configuration.file->state(), own.settings.files_hash, *boot);
    // The files can be read, and are in force alone.
    if (own.files.ok() && configuration.state.confirmed.id.empty())
      configuration.state.kept.clear();
    SaveState(configuration);
  }
  const Revision& confirmed = configuration.state.confirmed;
  if (!confirmed.id.empty()) {
    auto settings = loader.LoadConfigured(own.settings.sources, confirmed);
    if (!settings.ok()) {
      RejectConfirmed(configuration, std::move(own.settings), settings.status());
      return configuration;
    }
    configuration.settings = *std::move(settings);
    return configuration;
  }
  configuration.settings = std::move(own.settings);
  return configuration;
}

void RejectConfirmed(Configuration& configuration, AgentSettings own, const Status& why) {
  ConfigurationState& state = configuration.state;
  LogError(Cat(RevisionName(state.confirmed.id), " no longer runs here: ", Message(why)));
  End(state,
      {state.confirmed.offer, OfferState::kFailed, Cat("it no longer runs here: ", Message(why))});
  state.confirmed = {};
  state.previous = {};
  configuration.settings = std::move(own);
  SaveState(configuration);
}

std::string InForceText(const ConfigurationState& state, const Status& own_files) {
  const RevisionId& revision = state.confirmed.id;
  std::string text = revision.empty() ? "the device's own files" : RevisionName(revision);
  if (state.trial) text += "; another is on trial";
  if (own_files.ok()) return text;
  return text + "; the device's own files have errors, so the kept copy of them is in force";
}

}  // namespace godwit::agent
