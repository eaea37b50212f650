// collector.toml. The names are agreed for ever; config/collector.toml explains each.
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/status.h"
#include "base/units.h"
#include "settings/agent_settings.h"

namespace godwit {

struct CollectorSettings {
  std::string listen_devices;
  std::string listen_operators;
  std::string listen_http;  // empty: nothing is served there
  bool listen_insecure = false;
  TlsSettings tls;
  std::string store_path;
  absl::Duration retention_age;
  ByteCount retention_bytes = 0;
  double reserve_free = 0;
  absl::Duration merge_after;
  friend bool operator==(const CollectorSettings&, const CollectorSettings&) = default;
};

[[nodiscard]] StatusOr<CollectorSettings> ParseCollectorSettings(std::string_view text,
                                                                 const std::string& file);

}  // namespace godwit
