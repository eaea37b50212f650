#include "collector/ingest/admission.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/checksum.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "codec/table.h"
#include "collector/limits.h"

namespace godwit::collector {
namespace {

Status Refuse(std::string_view what) {
  return Error(StatusCode::kInvalidArgument, what);
}

StatusOr<HeldRun> AdmitRun(const v1::HeldRun& run) {
  HeldRun out{.run = run.run_id(),
              .last_seq = run.last_seq(),
              .follows_run = run.follows_run_id(),
              .follows_last_seq = run.follows_last_seq(),
              .unclean_end = run.unclean_end()};
  if (out.run == 0) return Refuse("runs: a run id of 0");
  if (out.run == out.follows_run) return Refuse("runs: a run that follows itself");
  if (out.last_seq > kSeqMax || out.follows_last_seq > kSeqMax) {
    return Refuse(Cat("runs: a sequence number above ", kSeqMax));
  }
  for (const v1::SeqRange& range : run.held()) {
    if (range.first() == 0 || range.first() > range.last() || range.last() > out.last_seq) {
      return Refuse("runs: a held range is empty or ends after the run's last record");
    }
    out.held.Add(SeqRange{range.first(), range.last()});
  }
  return out;
}

std::string ReasonText(int reason) {
  switch (reason) {
    case v1::LOSS_REASON_SPOOL_FULL:
      return "spool full";
    case v1::LOSS_REASON_DAMAGED:
      return "damaged";
    case v1::LOSS_REASON_DISK_FAILED:
      return "disk failed";
    case v1::LOSS_REASON_TOO_LARGE:
      return "too large";
    case v1::LOSS_REASON_OVERLOAD:
      return "overload";
    default:
      return Cat("reason ", reason);
  }
}

StatusOr<ReportedLoss> AdmitLoss(const v1::Loss& loss) {
  const SeqRange seqs{loss.seqs().first(), loss.seqs().last()};
  if (loss.run_id() == 0 || seqs.first == 0 || seqs.first > seqs.last || seqs.last > kSeqMax) {
    return Refuse("losses: a run id of 0, or an empty range");
  }
  return ReportedLoss{loss.run_id(), seqs, ReasonText(loss.reason())};
}

Status CheckFacts(const DeviceFacts& facts) {
  if (facts.device_id.empty() || facts.device_id.size() > kDeviceIdBytesMax) {
    return Refuse(Cat("device_id: must have 1 to ", kDeviceIdBytesMax, " bytes"));
  }
  if (facts.name.size() > kDeviceNameBytesMax || facts.agent_version.size() > kDeviceNameBytesMax) {
    return Refuse(Cat("device_name, agent_version: at most ", kDeviceNameBytesMax, " bytes"));
  }
  if (facts.boot_id.size() != kBootIdSize) {
    return Refuse(Cat("boot_id: must have ", kBootIdSize, " bytes"));
  }
  for (const auto& [key, value] : facts.labels) {
    if (key.empty() || key.size() > kAttributeBytesMax || value.size() > kAttributeBytesMax) {
      return Refuse(Cat("labels: keys of 1 to ", kAttributeBytesMax, " bytes, values up to that"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<SessionOpening> AdmitSession(const v1::OpenSessionRequest& request) {
  SessionOpening opening{.device = {.device_id = request.device_id(),
                                    .name = request.device_name(),
                                    .boot_id = request.boot_id(),
                                    .agent_version = request.agent_version(),
                                    .wall_synchronised = request.wall_synchronised(),
                                    .boot_time_ns = request.boot_time_ns(),
                                    .wall_unix_ns = request.wall_time_unix_ns()}};
  if (request.labels_size() > static_cast<int>(kDeviceLabelsMax)) {
    return Refuse(Cat("labels: at most ", kDeviceLabelsMax));
  }
  for (const v1::Label& label : request.labels()) {
    opening.device.labels[label.key()] = label.value();
  }
  GODWIT_RETURN_IF_ERROR(CheckFacts(opening.device));
  if (request.runs_size() > static_cast<int>(kSessionRunsMax)) {
    return Refuse(Cat("runs: at most ", kSessionRunsMax));
  }
  int ranges = 0;
  for (const v1::HeldRun& run : request.runs()) {
    ranges += run.held_size();
    if (ranges > static_cast<int>(kSessionRangesMax)) {
      return Refuse(Cat("runs: at most ", kSessionRangesMax, " held ranges"));
    }
    GODWIT_ASSIGN_OR_RETURN(auto admitted, AdmitRun(run));
    opening.runs.push_back(std::move(admitted));
  }
  if (request.table_ids_size() > static_cast<int>(kSessionTablesMax)) {
    return Refuse(Cat("table_ids: at most ", kSessionTablesMax));
  }
  for (const std::string& id : request.table_ids()) {
    if (id.size() != kTableIdSize)
      return Refuse(Cat("table_ids: must have ", kTableIdSize, " bytes"));
    opening.table_ids.push_back(id);
  }
  if (request.losses_size() > static_cast<int>(kSessionLossesMax)) {
    return Refuse(Cat("losses: at most ", kSessionLossesMax));
  }
  for (const v1::Loss& loss : request.losses()) {
    GODWIT_ASSIGN_OR_RETURN(auto admitted, AdmitLoss(loss));
    opening.losses.push_back(std::move(admitted));
  }
  GODWIT_ASSIGN_OR_RETURN(opening.quarantined, AdmitQuarantined(request.quarantined()));
  if (request.has_report()) opening.report = AdmitReport(request.report());
  return opening;
}

DeviceReport AdmitReport(const v1::DeviceReport& report) {
  DeviceReport out{.spool_bytes = report.spool_bytes(),
                   .spool_bytes_max = report.spool_bytes_max(),
                   .spool_bytes_per_day = report.spool_bytes_per_day(),
                   .waiting_records = report.waiting_records(),
                   .disk = CleanLine(report.disk(), kReportTextBytesMax),
                   .quarantined_copies = report.quarantined_copies(),
                   .wall_source = CleanLine(report.wall_source(), kReportTextBytesMax),
                   .wall_synchronised = report.wall_synchronised()};
  for (const v1::Setting& setting : report.settings()) {
    if (out.settings.size() == kReportSettingsMax) break;
    out.settings.push_back({.name = CleanLine(setting.name(), kReportTextBytesMax),
                            .value = CleanLine(setting.value(), kReportTextBytesMax),
                            .origin = CleanLine(setting.origin(), kReportTextBytesMax)});
  }
  if (!report.has_sensors()) return out;
  out.sensors.emplace();
  for (const v1::SensorState& sensor : report.sensors().sensors()) {
    if (out.sensors->size() == kReportSensorsMax) break;
    SensorState& state = out.sensors->emplace_back();
    static_cast<SensorCounters&>(state) = SensorCountersIn(sensor);
    state.name = CleanLine(sensor.name(), kReportTextBytesMax);
    state.state = CleanLine(sensor.state(), kReportTextBytesMax);
    state.error = CleanLine(sensor.error(), kReportTextBytesMax);
  }
  return out;
}

StatusOr<std::vector<QuarantinedRecords>> AdmitQuarantined(
    const google::protobuf::RepeatedPtrField<v1::QuarantinedRecords>& list) {
  std::vector<QuarantinedRecords> out;
  uint64_t seqs = 0;
  for (const v1::QuarantinedRecords& entry : list) {
    const SeqRange range{entry.seqs().first(), entry.seqs().last()};
    if (entry.run_id() == 0 || range.first == 0 || range.first > range.last ||
        range.last > kSeqMax) {
      return Refuse("quarantined: a run id of 0, or an empty range");
    }
    seqs += std::min<uint64_t>(range.last - range.first + 1, kQuarantinedMax + 1);
    if (seqs > kQuarantinedMax)
      return Refuse(Cat("quarantined: at most ", kQuarantinedMax, " records"));
    out.push_back({entry.run_id(), range});
  }
  return out;
}

StatusOr<IncomingTable> AdmitTable(v1::Table table) {
  GODWIT_ASSIGN_OR_RETURN(const Table decoded, DecodeTable(table.encoded()));
  if (TableIdOf(decoded) != table.table_id()) {
    return Refuse("table: its id is not the hash of its series");
  }
  return IncomingTable{.id = std::move(*table.mutable_table_id()),
                       .encoded = std::move(*table.mutable_encoded()),
                       .series = static_cast<uint32_t>(decoded.series.size())};
}

StatusOr<IncomingRecord> AdmitRecord(v1::Record record) {
  if (record.run_id() == 0 || record.seq() == 0 || record.seq() > kSeqMax) {
    return Refuse(
        "record: a run id or sequence number of 0, or a sequence number that is too large");
  }
  if (Checksum(record.batch()) != record.checksum()) {
    return Error(StatusCode::kDataLoss, "record: its bytes changed in transit");
  }
  GODWIT_ASSIGN_OR_RETURN(const Batch batch, DecodeBatch(record.batch()));
  const TimeSpan span = SpanOf(batch);
  return IncomingRecord{.name = {record.run_id(), record.seq()},
                        .checksum = record.checksum(),
                        .batch = std::move(*record.mutable_batch()),
                        .blocks = SpansOf(batch),
                        .clock = {batch.boot_id, batch.wall_offset_ns, batch.wall_synchronised},
                        .first_unix_ns = span.first_unix_ns,
                        .last_unix_ns = span.last_unix_ns,
                        .samples = SampleCount(batch)};
}

}  // namespace godwit::collector
