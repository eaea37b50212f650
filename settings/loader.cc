#include "settings/loader.h"

#include <memory>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/text.h"
#include "platform/read_file.h"
#include "settings/merge.h"
#include "settings/toml_reader.h"

namespace godwit {
namespace {

constexpr std::string_view kDropInFolder = "conf.d";

std::shared_ptr<const SourceFile> Source(const std::string& name, std::string text) {
  auto file = std::make_shared<SourceFile>();
  file->name = name;
  file->text = std::move(text);
  return file;
}

// The main file's folder: its drop-ins are there.
std::string DropInFolder(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string(kDropInFolder)
                                    : path.substr(0, slash + 1).append(kDropInFolder);
}

StatusOr<std::vector<std::string>> FilesOf(const std::string& path,
                                           const SettingsDependencies& dependencies) {
  std::vector<std::string> files = {path};
  const std::string folder = DropInFolder(path);
  const auto entries = dependencies.files.List(folder);
  if (entries.status().code() == StatusCode::kNotFound) return files;
  if (!entries.ok()) return entries.status();
  for (const FileEntry& entry : *entries) {
    if (!entry.name.ends_with(".toml") || entry.name.starts_with('.')) continue;
    files.push_back(Cat(folder, "/", entry.name));
  }
  return files;
}

}  // namespace

StatusOr<SettingsSources> ReadSettingsSources(const std::string& path,
                                              const SettingsDependencies& dependencies) {
  SettingsSources sources;
  GODWIT_ASSIGN_OR_RETURN(const auto files, FilesOf(path, dependencies));
  for (const std::string& file : files) {
    GODWIT_ASSIGN_OR_RETURN(std::string text,
                            ReadFile(dependencies.files, file, kSmallFileBytesMax));
    sources.push_back(Source(file, std::move(text)));
  }
  return sources;
}

namespace {

// The files as one tree.
Node ReadSources(const SettingsSources& sources, const SettingsDependencies& dependencies,
                 LoadedSettings& loaded, Problems& problems) {
  Node root{.value = Node::Table{}};
  std::string all;
  for (const auto& source : sources) {
    loaded.files.push_back(source->name);
    PutSized(all, source->name);
    PutSized(all, source->text);
    Node tree = ReadToml(source, problems);
    Expand(tree, dependencies, problems);
    Merge(root, std::move(tree), problems);
  }
  loaded.files_hash = Sha256Prefix16(all);
  loaded.sources = sources;
  return root;
}

Node ReadPushed(const PushedText& pushed, Problems& problems) {
  Node tree = ReadToml(Source(pushed.name, pushed.text), problems);
  if (problems.empty()) CheckPushed(tree, pushed.name, problems);
  return tree;
}

// [remote] is the files' own: the pushed text has no say in it.
PushRules RulesOf(const SettingsSchema& schema, const Node& files) {
  Problems passed_over;  // reported by those who read only the files
  const CheckedSettings checked = CheckSettings(schema, files, passed_over);
  const SettingValues& remote = checked.sections.at("remote");
  return {.allow = remote.Strings("config.allow"), .paths = remote.Strings("config.paths")};
}

}  // namespace

LoadedSettings LoadSettingsTexts(const SettingsSchema& schema, const SettingsSources& sources,
                                 const SettingsDependencies& dependencies, Problems& problems) {
  LoadedSettings loaded;
  const Node root = ReadSources(sources, dependencies, loaded, problems);
  loaded.checked = CheckSettings(schema, root, problems);
  return loaded;
}

LoadedSettings LoadSettingsTexts(const SettingsSchema& schema, const SettingsSources& sources,
                                 const SettingsDependencies& dependencies, const PushedText& pushed,
                                 Problems& problems) {
  LoadedSettings loaded;
  Node root = ReadSources(sources, dependencies, loaded, problems);
  const PushRules rules = RulesOf(schema, root);
  Node tree = ReadPushed(pushed, problems);
  if (problems.empty()) CheckAllowed(tree, rules, problems);
  Merge(root, std::move(tree), problems);
  loaded.checked = CheckSettings(schema, root, problems);
  return loaded;
}

StatusOr<LoadedSettings> LoadSettingsFiles(const SettingsSchema& schema, const std::string& path,
                                           const SettingsDependencies& dependencies,
                                           Problems& problems) {
  GODWIT_ASSIGN_OR_RETURN(const SettingsSources sources, ReadSettingsSources(path, dependencies));
  return LoadSettingsTexts(schema, sources, dependencies, problems);
}

CheckedSettings ReadSettingsTolerantly(const SettingsSchema& schema, const std::string& path,
                                       const SettingsDependencies& dependencies) {
  Problems passed_over;
  Node root{.value = Node::Table{}};
  const auto files = FilesOf(path, dependencies);
  for (const std::string& file : files.ok() ? *files : std::vector<std::string>{path}) {
    auto text = ReadFile(dependencies.files, file, kSmallFileBytesMax);
    if (!text.ok()) continue;
    Node tree = ReadTomlBeginning(Source(file, *std::move(text)));
    Expand(tree, dependencies, passed_over);
    Merge(root, std::move(tree), passed_over);
  }
  return CheckSettings(schema, root, passed_over);
}

CheckedSettings ReadPushedText(const SettingsSchema& schema, const PushedText& pushed,
                               Problems& problems) {
  const Node tree = ReadPushed(pushed, problems);
  RejectTwins(tree, problems);
  return CheckSettings(schema, tree, problems, SettingsExtent::kPart);
}

CheckedSettings ReadSettingsText(const SettingsSchema& schema, std::string_view text,
                                 const std::string& file, Problems& problems) {
  const Node root = ReadToml(Source(file, std::string(text)), problems);
  RejectTwins(root, problems);
  return CheckSettings(schema, root, problems);
}

}  // namespace godwit
