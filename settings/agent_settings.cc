#include "settings/agent_settings.h"

#include <set>
#include <utility>

#include "base/text.h"
#include "settings/document.h"

namespace godwit {
namespace {

constexpr absl::Duration kIntervalMin = absl::Milliseconds(10);
constexpr absl::Duration kIntervalMax = absl::Hours(24);
constexpr ByteCount kSpoolBytesMin = ByteCount{1} << 20;
constexpr size_t kIdBytesMax = 255;
constexpr int64_t kPatternSeriesMax = 20'000;

void ParseAgent(SettingsTable table, AgentSettings& settings) {
  settings.id = table.String("id", "@machine-id");
  settings.name = table.String("name", "@hostname");
  settings.interval = table.Duration("interval", absl::Seconds(10), kIntervalMin, kIntervalMax);
  settings.labels = table.StringMap("labels");
  settings.state = table.String("state", "/var/lib/godwit");
  if (settings.id.empty() || settings.id.size() > kIdBytesMax) {
    table.Problem("id", Cat("must have 1 to ", kIdBytesMax, " bytes"));
  }
  table.RejectOthers();
}

void ParseSpool(SettingsTable table, AgentSettings& settings) {
  settings.spool_path = table.String("path", "");
  settings.spool_max_bytes = table.Size("max_bytes", ByteCount{256} << 20, kSpoolBytesMin);
  settings.spool_when_full =
      table.OneOf("when_full", "drop-oldest", {"drop-oldest", "drop-newest"});
  settings.spool_reserve_free = table.Percent("reserve_free", 0.05);
  if (settings.spool_path.empty()) settings.spool_path = settings.state + "/spool";
  table.RejectOthers();
}

void ParseUpload(SettingsTable table, AgentSettings& settings) {
  settings.upload_endpoint = table.String("endpoint", "");
  settings.upload_stream_period =
      table.Duration("stream_period", absl::Seconds(30), absl::Seconds(1), absl::Minutes(10));
  SettingsTable keepalive = table.Table("keepalive");
  // The floor keeps the collector, which permits a ping every 5 s, from closing the connection.
  settings.upload_keepalive.time =
      keepalive.Duration("time", absl::Seconds(30), absl::Seconds(10), absl::Hours(1));
  settings.upload_keepalive.timeout =
      keepalive.Duration("timeout", absl::Seconds(10), absl::Seconds(1), absl::Minutes(5));
  keepalive.RejectOthers();
  SettingsTable backoff = table.Table("backoff");
  settings.upload_backoff.initial =
      backoff.Duration("initial", absl::Seconds(1), absl::Milliseconds(100), absl::Hours(1));
  settings.upload_backoff.max =
      backoff.Duration("max", absl::Minutes(5), absl::Milliseconds(100), absl::Hours(24));
  if (settings.upload_backoff.max < settings.upload_backoff.initial) {
    backoff.Problem("max", "is less than upload.backoff.initial");
  }
  backoff.RejectOthers();
  settings.upload_insecure = table.Bool("insecure", false);
  table.RejectOthers();
}

SensorSettings ParseSensor(SettingsTable& table, const std::string& type, absl::Duration interval) {
  SensorSettings sensor{.type = type};
  sensor.name = table.String("name", type);
  sensor.interval = table.Duration("interval", interval, kIntervalMin, kIntervalMax);
  sensor.timeout = table.Duration("timeout", absl::Seconds(5), kIntervalMin, kIntervalMax);
  sensor.enabled = table.Bool("enabled", true);
  sensor.attributes = table.StringMap("attributes");
  if (type == "system") {
    const std::vector<std::string> parts = {"cpu", "load", "memory"};
    sensor.include = table.Strings("include", parts, parts);
    if (sensor.include.empty()) table.Problem("include", "names nothing to read");
  } else {
    sensor.series = table.Integer("series", 1, 1, kPatternSeriesMax);
    sensor.shape = table.OneOf("shape", "count", {"count", "sine", "square"});
    sensor.resolution = table.NotNegative("resolution", 0);
  }
  table.RejectOthers();
  return sensor;
}

void ParseSensors(SettingsTable table, AgentSettings& settings) {
  for (const char* type : {"system", "pattern"}) {
    std::set<std::string> names;
    for (SettingsTable& entry : table.Tables(type)) {
      SensorSettings sensor = ParseSensor(entry, type, settings.interval);
      if (!names.insert(sensor.name).second) {
        entry.Problem("name",
                      Cat("another ", type, " sensor is called \"", sensor.name, "\" already"));
      }
      settings.sensors.push_back(std::move(sensor));
    }
  }
  table.RejectOthers();
}

}  // namespace

TlsSettings ParseTls(SettingsTable table) {
  TlsSettings tls{.ca = table.String("ca", ""),
                  .certificate = table.String("certificate", ""),
                  .key = table.String("key", "")};
  if (tls.certificate.empty() != tls.key.empty()) {
    table.Problem(tls.key.empty() ? "key" : "certificate",
                  "tls.certificate and tls.key come together");
  }
  table.RejectOthers();
  return tls;
}

StatusOr<AgentSettings> ParseAgentSettings(std::string_view text, const std::string& file) {
  GODWIT_ASSIGN_OR_RETURN(const auto document, SettingsDocument::Parse(text, file));
  AgentSettings settings;
  SettingsTable root = document->root();
  ParseAgent(root.Table("agent"), settings);
  SettingsTable batch = root.Table("batch");
  settings.batch_period =
      batch.Duration("period", absl::Seconds(60), absl::Seconds(1), absl::Hours(24));
  batch.RejectOthers();
  ParseSpool(root.Table("spool"), settings);
  ParseUpload(root.Table("upload"), settings);
  settings.tls = ParseTls(root.Table("tls"));
  // Nothing can be allowed yet: there are no commands. The table's name is taken all the same.
  root.Table("remote").RejectOthers();
  ParseSensors(root.Table("sensors"), settings);
  root.RejectOthers();
  GODWIT_RETURN_IF_ERROR(document->problems().ToStatus());
  return settings;
}

}  // namespace godwit
