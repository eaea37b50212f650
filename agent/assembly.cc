#include "agent/assembly.h"

#include "agent/limits.h"
#include "agent/sensors/factories.h"
#include "base/checksum.h"
#include "base/text.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_file_system.h"
#include "platform/read_file.h"

namespace godwit::agent {
namespace {

// The machine id is confidential: what leaves the machine is a hash bound to this program.
constexpr std::string_view kMachineIdSalt = "godwit device id v1:";

StatusOr<std::string> DeviceId(const std::string& setting) {
  if (setting == "@machine-id") {
    GODWIT_ASSIGN_OR_RETURN(const std::string machine, MachineId());
    return Hex(Sha256Prefix16(Cat(kMachineIdSalt, machine)));
  }
  if (setting == "@serial") return SerialNumber();
  if (setting == "@hostname") return Hostname();
  if (setting.starts_with('@')) {
    return Error(StatusCode::kInvalidArgument,
                 Cat("agent.id: unknown source '", setting,
                     "'; known are @machine-id, @serial and @hostname"));
  }
  return setting;
}

StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return std::string();
  LinuxFileSystem files;
  return ReadFile(files, path, kSmallFileBytesMax);
}

StatusOr<std::unique_ptr<Sensor>> MakeSensor(const SensorSettings& settings, SensorInput& input) {
  if (settings.type == "system") {
    return MakeSystemSensor({.include = settings.include, .attributes = settings.attributes},
                            input);
  }
  const PatternShape shape = settings.shape == "sine"     ? PatternShape::kSine
                             : settings.shape == "square" ? PatternShape::kSquare
                                                          : PatternShape::kCount;
  return MakePatternSensor({.series = static_cast<uint32_t>(settings.series),
                            .shape = shape,
                            .attributes = settings.attributes});
}

}  // namespace

StatusOr<Identity> MakeIdentity(const AgentSettings& settings) {
  Identity identity{.labels = settings.labels, .agent_version = GODWIT_VERSION};
  GODWIT_ASSIGN_OR_RETURN(identity.device_id, DeviceId(settings.id));
  identity.device_name = settings.name;
  if (settings.name == "@hostname") {
    GODWIT_ASSIGN_OR_RETURN(identity.device_name, Hostname());
  }
  GODWIT_ASSIGN_OR_RETURN(identity.boot_id, CurrentBootId());
  return identity;
}

StatusOr<ChannelOptions> MakeChannelOptions(const AgentSettings& settings) {
  ChannelOptions options{.endpoint = settings.upload_endpoint,
                         .keepalive_time = settings.upload_keepalive.time,
                         .keepalive_timeout = settings.upload_keepalive.timeout};
  GODWIT_ASSIGN_OR_RETURN(options.ca, ReadPem(settings.tls.ca));
  GODWIT_ASSIGN_OR_RETURN(options.certificate, ReadPem(settings.tls.certificate));
  GODWIT_ASSIGN_OR_RETURN(options.key, ReadPem(settings.tls.key));
  GODWIT_RETURN_IF_ERROR(CheckChannelSecurity(options, settings.upload_insecure));
  return options;
}

StatusOr<std::vector<SampledSensor>> MakeSensors(const AgentSettings& settings,
                                                 SensorInput& input) {
  std::vector<SampledSensor> sensors;
  size_t series = 0;
  for (const SensorSettings& entry : settings.sensors) {
    if (!entry.enabled) continue;
    const std::string name = Cat(entry.type, "/", entry.name);
    auto sensor = MakeSensor(entry, input);
    if (!sensor.ok()) return Annotate(sensor.status(), Cat("sensor ", name));
    for (const Table& table : (*sensor)->groups()) {
      series += table.series.size();
      for (const Series& one : table.series) {
        GODWIT_RETURN_IF_ERROR(Annotate(CheckSeries(one), Cat("sensor ", name)));
      }
    }
    sensors.push_back({.name = name, .sensor = *std::move(sensor), .interval = entry.interval});
  }
  if (series > kDeviceSeriesMax) {
    return Error(StatusCode::kInvalidArgument,
                 Cat("the sensors yield ", series, " series; the limit is ", kDeviceSeriesMax));
  }
  return sensors;
}

SpoolOptions MakeSpoolOptions(const AgentSettings& settings, const std::string& device_id) {
  return {.path = settings.spool_path,
          .device_id = device_id,
          .max_bytes = settings.spool_max_bytes,
          .when_full = settings.spool_when_full == "drop-newest" ? WhenFull::kDropNewest
                                                                 : WhenFull::kDropOldest,
          .reserve_free = settings.spool_reserve_free};
}

BatchOptions MakeBatchOptions(const AgentSettings& settings, const Identity& identity) {
  const auto share = static_cast<double>(Checksum(identity.device_id) >> 11) * 0x1p-53;
  return {.period = settings.batch_period,
          .phase = settings.batch_period * share,
          .boot_id = identity.boot_id};
}

}  // namespace godwit::agent
