#include "agent/configuration_assembly.h"

#include <memory>
#include <utility>
#include <vector>

#include "agent/assembly.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_file_system.h"
#include "settings/named_paths.h"

namespace godwit::agent {
namespace {

// Whether a file may lead nowhere. One that does may lead to anything later: /proc/4711/root is
// everything as soon as there is such a process.
enum class Nowhere { kRefused, kTaken };

// What a name leads to counts, too: /proc/self/root is everything.
Status CheckLinks(const AgentSettings& settings, const Revision& revision, Nowhere nowhere) {
  const std::string source = RevisionName(revision.id);
  for (const NamedPath& named : PathsIn(AgentSchema(), settings.checked)) {
    const bool revisions_own = named.place.file != nullptr && named.place.file->name == source;
    if (!revisions_own || named.path.empty()) continue;
    const auto target = ResolveLinks(named.path);
    if (!target.ok()) {
      if (nowhere == Nowhere::kTaken) continue;
      return Error(StatusCode::kPermissionDenied,
                   Cat(PlaceText(named.place), ": ", Message(target.status()),
                       "; its target cannot be checked against remote.config.paths"));
    }
    if (IsAllowedPath(*target, settings.remote_rules.paths)) continue;
    return Error(StatusCode::kPermissionDenied,
                 Cat(PlaceText(named.place), ": ", named.path, " leads to ", *target,
                     ", which remote.config.paths in the device's own settings does not allow"));
  }
  return absl::OkStatus();
}

// What the state keeps of the files at `path`.
StatusOr<AgentSettings> LoadKept(const std::string& path, FileSystem& files) {
  const SettingsDependencies dependencies{.files = files, .environment = EnvironmentVariable};
  const std::string state = FindStateFolder(path, dependencies);
  GODWIT_ASSIGN_OR_RETURN(const auto file,
                          ConfigurationFile::Open(files, ConfigurationFolderIn(state)));
  const std::vector<OwnFile>& kept = file->state().kept;
  if (kept.empty() || kept.front().name != path) {
    return Error(StatusCode::kNotFound, Cat(state, " has no copy of the settings files"));
  }
  SettingsSources sources;
  for (const OwnFile& each : kept) {
    sources.push_back(std::make_shared<SourceFile>(SourceFile{each.name, each.text}));
  }
  GODWIT_ASSIGN_OR_RETURN(AgentSettings settings, LoadAgentSettings(sources, dependencies));
  if (settings.state == state) return settings;
  return Error(StatusCode::kFailedPrecondition,
               Cat("the copy of the settings files in ", state, " belongs to another agent"));
}

}  // namespace

StatusOr<OwnSettings> LoadOwnOrKept(const std::string& path, FileSystem& files) {
  auto own = LoadSettings(path);
  if (own.ok()) return OwnSettings{.settings = *std::move(own), .files = absl::OkStatus()};
  auto kept = LoadKept(path, files);
  if (!kept.ok()) {
    LogDebug(Message(kept.status()));
    return own.status();
  }
  return OwnSettings{.settings = *std::move(kept), .files = own.status()};
}

namespace {

StatusOr<AgentSettings> Load(const SettingsSources& own, const Revision& revision,
                             Nowhere nowhere) {
  LinuxFileSystem files;
  const SettingsDependencies dependencies{.files = files, .environment = EnvironmentVariable};
  if (revision.id.empty()) return LoadAgentSettings(own, dependencies);
  GODWIT_ASSIGN_OR_RETURN(
      AgentSettings settings,
      LoadAgentSettings(own, dependencies,
                        {.name = RevisionName(revision.id), .text = revision.text}));
  GODWIT_RETURN_IF_ERROR(CheckLinks(settings, revision, nowhere));
  return settings;
}

}  // namespace

StatusOr<AgentSettings> LoadOffered(const SettingsSources& own, const Revision& revision) {
  return Load(own, revision, Nowhere::kRefused);
}

StatusOr<AgentSettings> LoadConfigured(const SettingsSources& own, const Revision& revision) {
  return Load(own, revision, Nowhere::kTaken);
}

}  // namespace godwit::agent
