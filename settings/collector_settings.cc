#include "settings/collector_settings.h"

#include "settings/document.h"

namespace godwit {

StatusOr<CollectorSettings> ParseCollectorSettings(std::string_view text, const std::string& file) {
  GODWIT_ASSIGN_OR_RETURN(const auto document, SettingsDocument::Parse(text, file));
  CollectorSettings settings;
  SettingsTable root = document->root();

  SettingsTable listen = root.Table("listen");
  settings.listen_devices = listen.String("devices", "127.0.0.1:7443");
  settings.listen_operators = listen.String("operators", "127.0.0.1:7444");
  settings.listen_http = listen.String("http", "127.0.0.1:7480");
  settings.listen_insecure = listen.Bool("insecure", false);
  listen.RejectOthers();

  settings.tls = ParseTls(root.Table("tls"));

  SettingsTable store = root.Table("store");
  settings.store_path = store.String("path", "/var/lib/godwit-collector");
  SettingsTable retention = store.Table("retention");
  settings.retention_age =
      retention.Duration("age", absl::Hours(24 * 90), absl::Hours(1), absl::Hours(24 * 36'500));
  settings.retention_bytes = retention.Size("bytes", ByteCount{50} << 30, ByteCount{16} << 20);
  retention.RejectOthers();
  settings.reserve_free = store.Percent("reserve_free", 0.05);
  settings.merge_after =
      store.Duration("merge_after", absl::Hours(1), absl::Seconds(1), absl::Hours(24 * 365));
  store.RejectOthers();

  root.RejectOthers();
  GODWIT_RETURN_IF_ERROR(document->problems().ToStatus());
  return settings;
}

}  // namespace godwit
