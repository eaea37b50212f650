#include "agent/assembly.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/limits.h"
#include "agent/spool/segment_format.h"
#include "base/checksum.h"
#include "base/text.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_file_system.h"
#include "settings/effective_settings.h"
#include "settings/tls_files.h"

namespace godwit::agent {
namespace {

// The machine id is confidential: what leaves the machine is a hash bound to this program.
constexpr std::string_view kMachineIdSalt = "godwit device id v1:";

StatusOr<std::string> DeviceIdOf(const std::string& setting) {
  if (setting == "@machine-id") {
    GODWIT_ASSIGN_OR_RETURN(const std::string machine, MachineId());
    return Hex(Sha256Prefix16(Cat(kMachineIdSalt, machine)));
  }
  if (setting == "@serial") return SerialNumber();
  if (setting == "@hostname") return Hostname();
  return setting;  // the settings have no other source
}

// A serial number or a host name may be anything: nothing has checked it as settings are.
Status CheckDeviceId(const std::string& id, const std::string& setting) {
  if (!IsPlainUtf8(id)) {
    return Error(StatusCode::kInvalidArgument,
                 Cat("agent.id = \"", setting,
                     "\" gives an id that is not plain text; set agent.id to a name of your own"));
  }
  if (!id.empty() && id.size() <= kDeviceIdBytesMax) return absl::OkStatus();
  return Error(
      StatusCode::kInvalidArgument,
      Cat("agent.id = \"", setting, "\" gives an id of ", id.size(), " bytes; it must have ",
          "1 to ", kDeviceIdBytesMax, "; set agent.id to a name of your own"));
}

}  // namespace

StatusOr<AgentSettings> LoadSettings(const std::string& path) {
  LinuxFileSystem files;
  return LoadAgentSettings(path, {.files = files, .environment = EnvironmentVariable});
}

StatusOr<std::string> FindDeviceId(const AgentSettings& settings) {
  GODWIT_ASSIGN_OR_RETURN(const std::string id, DeviceIdOf(settings.id));
  GODWIT_RETURN_IF_ERROR(CheckDeviceId(id, settings.id));
  return id;
}

StatusOr<Identity> MakeIdentity(const AgentSettings& settings) {
  Identity identity{.labels = settings.labels, .agent_version = GODWIT_VERSION};
  GODWIT_ASSIGN_OR_RETURN(identity.device_id, FindDeviceId(settings));
  identity.device_name = settings.name;
  if (settings.name == "@hostname") {
    GODWIT_ASSIGN_OR_RETURN(identity.device_name, Hostname());
  }
  GODWIT_ASSIGN_OR_RETURN(identity.boot_id, CurrentBootId());
  identity.settings = EffectiveSettings(settings);
  return identity;
}

ChannelOptions MakeChannelOptions(const AgentSettings& settings, Problems& problems) {
  LinuxFileSystem files;
  TlsTexts tls = ReadTlsFiles(settings.checked.sections.at("tls"), files, problems);
  return {.endpoint = settings.upload_endpoint,
          .keepalive_time = settings.upload_keepalive.time,
          .keepalive_timeout = settings.upload_keepalive.timeout,
          .ca = std::move(tls.ca),
          .certificate = std::move(tls.certificate),
          .key = std::move(tls.key)};
}

StatusOr<ChannelOptions> MakeChannelOptions(const AgentSettings& settings) {
  Problems problems;
  ChannelOptions options = MakeChannelOptions(settings, problems);
  GODWIT_RETURN_IF_ERROR(problems.ToStatus());
  return options;
}

AgentStatistics MakeStatistics(const SpoolStats& spool, const Uploader* uploader,
                               const Recorder& recorder, const std::vector<SensorHealth>& sensors,
                               const Clock& clock) {
  AgentStatistics statistics{.spool_bytes = spool.bytes,
                             .spool_bytes_max = spool.bound,
                             .waiting_records = spool.unsettled_records,
                             .clock_synchronised = clock.WallSynchronised(),
                             .lost_samples = recorder.lost_samples()};
  if (uploader != nullptr) {
    const UploadCounters& sent = uploader->counters();
    statistics.connected = uploader->state() == SessionState::kOpen;
    statistics.uploaded_records = sent.records;
    statistics.uploaded_bytes = sent.bytes;
    statistics.sessions = sent.sessions;
    statistics.upload_failures = sent.failures;
  }
  for (const SensorHealth& sensor : sensors) {
    for (const SensorCounter& counter : kSensorCounters) {
      statistics.sensors.*counter.member += sensor.*counter.member;
    }
    statistics.series_waiting += sensor.waiting;
  }
  return statistics;
}

}  // namespace godwit::agent
