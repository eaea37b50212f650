// Settings as text again, for people.
#include "base/text.h"
#include "settings/agent_settings.h"

namespace godwit {
namespace {

std::string OnOff(bool on) {
  return on ? "true" : "false";
}

std::string SensorText(const SensorSettings& sensor) {
  std::string text = Cat("interval ", DurationText(sensor.interval));
  if (!sensor.enabled) text += ", disabled";
  for (size_t i = 0; i < sensor.include.size(); ++i) {
    text += Cat(i == 0 ? ", include " : " ", sensor.include[i]);
  }
  if (sensor.type == "pattern") text += Cat(", ", sensor.series, " series of ", sensor.shape);
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> EffectiveSettings(const AgentSettings& settings) {
  std::vector<std::pair<std::string, std::string>> out = {
      {"agent.interval", DurationText(settings.interval)},
      {"agent.state", settings.state},
      {"batch.period", DurationText(settings.batch_period)},
      {"spool.path", settings.spool_path},
      {"spool.max_bytes", SizeText(settings.spool_max_bytes)},
      {"spool.when_full", settings.spool_when_full},
      {"spool.reserve_free", Cat(static_cast<int>(settings.spool_reserve_free * 100 + 0.5), "%")},
      {"upload.endpoint", settings.upload_endpoint},
      {"upload.stream_period", DurationText(settings.upload_stream_period)},
      {"upload.keepalive.time", DurationText(settings.upload_keepalive.time)},
      {"upload.keepalive.timeout", DurationText(settings.upload_keepalive.timeout)},
      {"upload.backoff.initial", DurationText(settings.upload_backoff.initial)},
      {"upload.backoff.max", DurationText(settings.upload_backoff.max)},
      {"upload.insecure", OnOff(settings.upload_insecure)},
      {"tls", settings.tls.certificate.empty() ? "no certificate" : "with a certificate"}};
  for (const SensorSettings& sensor : settings.sensors) {
    out.emplace_back(Cat("sensors.", sensor.type, ".", sensor.name), SensorText(sensor));
  }
  return out;
}

}  // namespace godwit
