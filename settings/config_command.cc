#include "settings/config_command.h"

#include <cstdio>
#include <string>

#include "base/exit_code.h"
#include "base/text.h"
#include "settings/effective_settings.h"
#include "settings/schema.h"

namespace godwit {
namespace {

int Print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

int Sample(const DaemonCommandLine& line, const SettingsSchema& schema) {
  if (line.argument.empty()) return Print(SampleFile(schema));
  const std::string section = SampleSection(schema, line.argument);
  if (!section.empty()) return Print(section);
  std::string known;
  for (const SettingsSection& each : schema.sections) {
    known += Cat(known.empty() ? "" : ", ", each.path);
  }
  std::fprintf(stderr, "no section '%s'; the sections are %s\n", line.argument.c_str(),
               known.c_str());
  return kExitUsage;
}

std::string CheckedText(const LoadedSettings& loaded) {
  std::string text;
  for (const std::string& file : loaded.files) text += Cat(text.empty() ? "" : ", ", file);
  text += ": no errors";
  if (!loaded.checked.repeated.empty()) {
    text += Cat(" (sensors: ", loaded.checked.repeated.size(), ")");
  }
  return text + "\n";
}

}  // namespace

int RunConfigCommand(const DaemonCommandLine& line, const SettingsSchema& schema,
                     const LoadForShow& load) {
  if (line.command == DaemonCommand::kConfigSample) return Sample(line, schema);
  if (line.command == DaemonCommand::kConfigSchema) return Print(JsonSchema(schema));
  if (line.command == DaemonCommand::kConfigReference) return Print(ReferenceText(schema));
  const auto loaded = load(line.config);
  if (!loaded.ok()) {
    std::fprintf(stderr, "%s\n", Message(loaded.status()).c_str());
    return kExitSettings;
  }
  if (line.command == DaemonCommand::kConfigCheck) return Print(CheckedText(*loaded));
  return Print(ShowSettings(schema, loaded->checked, line.origin));
}

}  // namespace godwit
