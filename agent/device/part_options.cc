#include "agent/device/part_options.h"

#include <utility>

#include "base/checksum.h"
#include "base/text.h"

namespace godwit::agent {

SpoolOptions MakeSpoolOptions(const AgentSettings& settings, const Identity& identity) {
  return {.path = settings.spool_path,
          .device_id = identity.device_id,
          .boot_id = identity.boot_id,
          .max_bytes = settings.spool_max_bytes,
          .when_full = settings.spool_when_full == "drop-newest" ? WhenFull::kDropNewest
                                                                 : WhenFull::kDropOldest,
          .reserve_free = settings.spool_reserve_free};
}

BatchOptions MakeBatchOptions(const AgentSettings& settings, const Identity& identity) {
  const auto share = static_cast<double>(Checksum(identity.device_id) >> 11) * 0x1p-53;
  return {.period = settings.batch_period,
          .phase = settings.batch_period * share,
          .boot_id = identity.boot_id,
          .max_series = settings.max_series};
}

UploadOptions MakeUploadOptions(const AgentSettings& settings, const std::string& only_store) {
  return {.stream_period = settings.upload_stream_period,
          .batch_period = settings.batch_period,
          .backoff = settings.upload_backoff,
          .only_store = only_store};
}

RemoteOptions MakeRemoteOptions(const AgentSettings& settings) {
  return {.commands = {settings.remote_commands.begin(), settings.remote_commands.end()},
          .sensors = settings.remote_sensors,
          .programs = settings.remote_programs,
          .program_timeout = settings.remote_program_timeout,
          .config = settings.remote_config,
          .config_allow = settings.remote_rules.allow,
          .config_paths = settings.remote_rules.paths};
}

ConfigureOptions MakeConfigureOptions(const AgentSettings& settings, const BootId& boot_id) {
  ConfigureOptions options{.enabled = settings.remote_config,
                           .confirm = settings.remote_confirm,
                           .files_hash = settings.files_hash,
                           .boot_id = boot_id};
  for (const auto& source : settings.sources) {
    options.own_files.push_back({source->name, source->text});
  }
  return options;
}

NewRecord MakeRecord(EncodedBatch batch) {
  NewRecord record{.batch = std::move(batch.bytes),
                   .first_unix_ns = batch.span.first_unix_ns,
                   .last_unix_ns = batch.span.last_unix_ns};
  for (auto& [id, encoded] : batch.tables) record.tables.push_back({id, std::move(encoded)});
  return record;
}

LossReason LossReasonFor(BatchLoss loss) {
  return loss == BatchLoss::kOverload ? LossReason::kOverload : LossReason::kTooLarge;
}

std::vector<SensorReport> MakeSensorReports(const std::vector<SensorHealth>& sensors) {
  std::vector<SensorReport> out;
  for (const SensorHealth& sensor : sensors) {
    SensorReport& report = out.emplace_back();
    static_cast<SensorCounters&>(report) = sensor;
    report.name = sensor.name;
    report.state = SensorStateName(sensor.state);
    report.error = sensor.error;
  }
  return out;
}

std::string NameOf(const SensorSettings& sensor) {
  return Cat(sensor.type, "/", sensor.name);
}

}  // namespace godwit::agent
