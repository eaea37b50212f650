#include "settings/collector_settings.h"

#include "settings/loader.h"

namespace godwit {
namespace {

CollectorSettings TakeAll(CheckedSettings checked, Problems& problems) {
  CollectorSettings settings;
  const SettingValues& listen = checked.sections.at("listen");
  settings.listen_devices = listen.String("devices");
  settings.listen_operators = listen.String("operators");
  settings.listen_http = listen.String("http");
  settings.listen_insecure = listen.Bool("insecure");
  settings.tls = TlsFrom(checked.sections.at("tls"), problems);
  const SettingValues& store = checked.sections.at("store");
  settings.store_path = store.String("path");
  settings.retention_age = store.Duration("retention.age");
  settings.retention_bytes = store.Size("retention.bytes");
  settings.reserve_free = store.Number("reserve_free");
  settings.merge_after = store.Duration("merge_after");
  settings.checked = std::move(checked);
  return settings;
}

}  // namespace

StatusOr<CollectorSettings> LoadCollectorSettings(const std::string& path,
                                                  const SettingsWorld& world) {
  Problems problems;
  GODWIT_ASSIGN_OR_RETURN(LoadedSettings loaded,
                          LoadSettingsFiles(CollectorSchema(), path, world, problems));
  CollectorSettings settings = TakeAll(std::move(loaded.checked), problems);
  GODWIT_RETURN_IF_ERROR(problems.ToStatus());
  settings.files = std::move(loaded.files);
  return settings;
}

StatusOr<CollectorSettings> ParseCollectorSettings(std::string_view text, const std::string& file) {
  Problems problems;
  CollectorSettings settings =
      TakeAll(ReadSettingsText(CollectorSchema(), text, file, problems), problems);
  GODWIT_RETURN_IF_ERROR(problems.ToStatus());
  settings.files = {file};
  return settings;
}

}  // namespace godwit
