#include "settings/collector_settings.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/endpoint.h"
#include "base/text.h"
#include "settings/address_check.h"
#include "settings/loader.h"

namespace godwit {
namespace {

constexpr std::string_view kDevicesRemedy =
    "set tls.certificate and tls.key, or listen.insecure = true to let devices upload in plaintext";
// TLS for devices does nothing for this port.
constexpr std::string_view kOperatorsRemedy =
    "it has neither TLS nor passwords, so anybody who reaches it controls every device; keep it on "
    "loopback and connect by ssh -L, or set listen.insecure = true in a network of operators only";
constexpr std::string_view kHttpRemedy =
    "put a proxy in front of it, or set listen.insecure = true to open it to everybody";

// Where it listens, and what is in plaintext there: operators and HTTP always, devices unless there
// is a certificate.
void CheckListen(const SettingValues& listen, const CollectorSettings& settings,
                 Problems& problems) {
  const auto check = [&](std::string_view key, std::string_view port, bool tls,
                         std::string_view remedy) {
    const AddressSetting setting{
        .values = listen, .section = "listen", .key = key, .port = port, .is_listened_at = true};
    if (!CheckAddress(setting, problems) || tls || settings.listen_insecure) return;
    RequireLoopback(setting, remedy, problems);
  };
  check("devices", "7443", !settings.tls.certificate.empty(), kDevicesRemedy);
  check("operators", "7444", false, kOperatorsRemedy);
  if (!settings.listen_http.empty()) check("http", "7480", false, kHttpRemedy);
}

// Two that listen at one address: the second would find it taken, as if by another collector.
void CheckDistinct(const SettingValues& listen, Problems& problems) {
  std::map<std::string, std::string_view> taken;
  for (const std::string_view key : {"devices", "operators", "http"}) {
    const std::string& address = listen.String(key);
    if (address.empty() || address.ends_with(":0")) continue;
    const auto [at, is_new] = taken.emplace(address, key);
    if (is_new) continue;
    problems.Add(listen.PlaceOf(key),
                 Cat("'listen.", key, "' has the same address as listen.", at->second),
                 "each needs a port of its own");
  }
}

std::vector<IpNetwork> NetworksFrom(const SettingValues& listen, Problems& problems) {
  std::vector<IpNetwork> networks;
  for (const std::string& text : listen.Strings("trusted_proxies")) {
    auto network = IpNetwork::Parse(text);
    if (network.ok()) {
      networks.push_back(*std::move(network));
      continue;
    }
    problems.Add(listen.PlaceOf("trusted_proxies"),
                 Cat("'listen.trusted_proxies': '", text, "' ", Message(network.status())),
                 "such as \"192.0.2.10\" or \"10.0.0.0/8\"");
  }
  return networks;
}

// A CA alone would be no TLS at all, and devices that nobody asks for a certificate.
void CheckAuthority(const SettingValues& tls, const CollectorSettings& settings,
                    Problems& problems) {
  if (settings.tls.ca.empty() || !settings.tls.certificate.empty() || !settings.tls.key.empty()) {
    return;
  }
  problems.Add(tls.PlaceOf("ca"), "'tls.ca' without 'tls.certificate' and 'tls.key'",
               "devices present a certificate only over TLS");
}

// A device without a certificate is anybody who reaches the port: it sends as the device it likes,
// and gRPC's memory is open to it (docs/operations.md). Version 0.1 started so without a word, and
// this one still starts where no setting speaks of it.
void CheckStrangers(const SettingValues& listen, CollectorSettings& settings, Problems& problems) {
  if (!settings.tls.ca.empty()) {
    if (!settings.listen_strangers) return;
    problems.Add(listen.PlaceOf("strangers"),
                 "tls.ca and listen.strangers = true contradict each other", "remove one of them");
    return;
  }
  // What a proxy passes on comes from beyond this machine, whatever the port listens to.
  if (IsLoopback(settings.listen_devices) && settings.trusted_proxies.empty()) return;
  const bool meant = settings.listen_strangers || settings.listen_insecure;
  settings.warnings.push_back(
      Cat("listen.devices ", settings.listen_devices,
          " is open to strangers: anybody who reaches it may send as any device, and fill the "
          "memory of this process; ",
          meant ? "tls.ca would ask devices for a certificate"
                : "set tls.ca, or listen.strangers = true to keep it open: the next release will "
                  "not start without one of them"));
}

IdentityMode ModeOf(const std::string& mode) {
  if (mode == "required") return IdentityMode::kRequired;
  return mode == "observe" ? IdentityMode::kObserve : IdentityMode::kOff;
}

void TakeIdentity(const SettingValues& identity, CollectorSettings& settings, Problems& problems) {
  settings.identity_mode = ModeOf(identity.String("mode"));
  auto map = IdentityMap::Parse(identity.Strings("map"));
  if (map.ok()) {
    settings.identity_map = *std::move(map);
  } else {
    problems.Add(identity.PlaceOf("map"), Cat("'identity.map': ", Message(map.status())),
                 "such as \"cn:(.+)\"");
  }
  if (settings.tls.ca.empty()) {
    if (settings.identity_mode != IdentityMode::kRequired) return;
    problems.Add(identity.PlaceOf("mode"), "identity.mode = \"required\" without tls.ca",
                 "without it no device is asked for its certificate");
  } else if (settings.identity_mode == IdentityMode::kOff) {
    settings.warnings.emplace_back(
        "identity.mode is \"off\": a device with any certificate of tls.ca may send, and read "
        "commands, as any other device; \"observe\" lists those that \"required\" would refuse");
  }
}

CollectorSettings TakeAll(CheckedSettings checked, Problems& problems) {
  CollectorSettings settings;
  const SettingValues& listen = checked.sections.at("listen");
  settings.listen_devices = listen.String("devices");
  settings.listen_operators = listen.String("operators");
  settings.listen_http = listen.String("http");
  settings.listen_insecure = listen.Bool("insecure");
  settings.listen_strangers = listen.Bool("strangers");
  settings.trusted_proxies = NetworksFrom(listen, problems);
  settings.tls = TlsFrom(checked.sections.at("tls"), problems);
  TakeIdentity(checked.sections.at("identity"), settings, problems);
  const SettingValues& store = checked.sections.at("store");
  settings.store_path = store.String("path");
  if (settings.store_path.empty())
    problems.Add(store.PlaceOf("path"), "'store.path' names no folder");
  settings.retention_age = store.Duration("retention.age");
  settings.retention_bytes = store.Size("retention.bytes");
  settings.retention_min_age =
      std::min(store.Duration("retention.min_age"), settings.retention_age);
  settings.reserve_free = store.Number("reserve_free");
  settings.merge_after = store.Duration("merge_after");
  const SettingValues& limits = checked.sections.at("limits");
  settings.limits_received = limits.Size("received");
  settings.device_bytes = limits.Size("device_bytes");
  settings.device_series = static_cast<uint64_t>(limits.Integer("device_series"));
  CheckAuthority(checked.sections.at("tls"), settings, problems);
  CheckListen(listen, settings, problems);
  CheckDistinct(listen, problems);
  CheckStrangers(listen, settings, problems);
  settings.checked = std::move(checked);
  return settings;
}

}  // namespace

StatusOr<CollectorSettings> LoadCollectorSettings(const std::string& path,
                                                  const SettingsDependencies& dependencies) {
  Problems problems;
  GODWIT_ASSIGN_OR_RETURN(LoadedSettings loaded,
                          LoadSettingsFiles(CollectorSchema(), path, dependencies, problems));
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
