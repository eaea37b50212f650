#include "collector/fleet/device_page.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "collector/fleet/alert_page.h"
#include "collector/limits.h"
#include "collector/store/boot_clock.h"

namespace godwit::collector {
namespace {

constexpr int64_t kDayNs = 24 * 3'600'000'000'000;
// Of the first page, so that somebody who waits sees something at once: 10 ms of reading.
constexpr int kDevicesOnFirstPage = 64;

void AddReport(const DeviceRow& row, v1::DeviceSummary& summary) {
  if (!row.report) return;
  summary.set_reported_unix_ns(row.reported_unix_ns);
  v1::DeviceReport& report = *summary.mutable_report();
  report.set_spool_bytes(row.report->spool_bytes);
  report.set_spool_bytes_max(row.report->spool_bytes_max);
  report.set_spool_bytes_per_day(row.report->spool_bytes_per_day);
  report.set_waiting_records(row.report->waiting_records);
  report.set_disk(row.report->disk);
  report.set_quarantined_copies(row.report->quarantined_copies);
  report.set_wall_source(row.report->wall_source);
  report.set_wall_synchronised(row.report->wall_synchronised);
  for (const EffectiveSetting& effective : row.report->settings) {
    v1::Setting& setting = *report.add_settings();
    setting.set_name(effective.name);
    setting.set_value(effective.value);
    setting.set_origin(effective.origin);
  }
  if (!row.report->sensors) return;
  for (const SensorState& state : *row.report->sensors) {
    v1::SensorState& sensor = *report.mutable_sensors()->add_sensors();
    sensor.set_name(state.name);
    sensor.set_state(state.state);
    sensor.set_error(state.error);
    PutSensorCounters(state, sensor);
  }
}

void Summarise(const Statistics& statistics, const DeviceRow& row, uint64_t missing_ticks_24h,
               v1::DeviceSummary& summary) {
  summary.set_device_id(row.facts.device_id);
  summary.set_name(row.facts.name);
  summary.set_agent_version(row.facts.agent_version);
  summary.set_last_seen_unix_ns(row.last_seen_unix_ns);
  summary.set_wall_synchronised(row.facts.wall_synchronised);
  summary.set_runs(row.runs);
  summary.set_records(row.records);
  summary.set_samples(row.samples);
  summary.set_duplicates(row.duplicates);
  uint64_t gap_records = 0;
  for (const auto& [reason, records] : row.gap_records) {
    gap_records = SumSaturated(gap_records, records);
    v1::GapReason& gap = *summary.add_gap_reasons();
    gap.set_reason(reason);
    gap.set_records(records);
  }
  summary.set_gap_records(gap_records);
  summary.set_unclean_runs(row.unclean_runs);
  AddAlerts(row.alerts, *summary.mutable_alerts());
  summary.set_newest_sample_unix_ns(row.newest_unix_ns);
  summary.set_missing_ticks_24h(missing_ticks_24h);
  summary.set_connected(statistics.ConnectedSince(row.facts.device_id).has_value());
  AddReport(row, summary);
}

void AddLabels(const Labels& labels, google::protobuf::RepeatedPtrField<v1::Attribute>& out) {
  for (const auto& [key, value] : labels) {
    v1::Attribute& label = *out.Add();
    label.set_key(key);
    label.set_value(value);
  }
}

}  // namespace

bool IsSilent(const DeviceRow& row, const Statistics& statistics, int64_t now_unix_ns) {
  return !statistics.ConnectedSince(row.facts.device_id) &&
         now_unix_ns - row.last_seen_unix_ns >= absl::ToInt64Nanoseconds(kSilentAfter);
}

StatusOr<std::optional<v1::ListDevicesResponse>> DeviceListQuery::NextPage(const Turn& turn) {
  v1::ListDevicesResponse page;
  const int64_t now = absl::ToUnixNanos(clock_.Wall());
  size_t bytes = 0;
  const int most = cursor_ ? static_cast<int>(kDevicesPerPage) : kDevicesOnFirstPage;
  while (page.devices_size() < most && bytes < kPageBytes && !turn.over()) {
    GODWIT_ASSIGN_OR_RETURN(const auto next, directory_.NextSummary(reader_, cursor_, now));
    if (!next) break;
    v1::DeviceSummary& summary = *page.add_devices();
    Summarise(statistics_, next->row, next->missing_ticks_24h, summary);
    bytes += summary.ByteSizeLong();
    cursor_ = {next->row.facts.name, next->row.facts.device_id};
  }
  if (page.devices_size() == 0) return std::nullopt;
  return page;
}

Status FillDevice(StoreReader& reader, Directory& directory, const Statistics& statistics,
                  int64_t now_unix_ns, const std::string& text, v1::GetDeviceResponse& response) {
  GODWIT_ASSIGN_OR_RETURN(const DeviceName name, directory.Find(reader, text));
  GODWIT_ASSIGN_OR_RETURN(const DeviceRow row, reader.Device(name.key));
  GODWIT_ASSIGN_OR_RETURN(const uint64_t missing,
                          reader.MissingTicks(name.key, {.since_unix_ns = now_unix_ns - kDayNs}));
  Summarise(statistics, row, missing, *response.mutable_summary());
  response.set_boot_id(row.facts.boot_id);
  AddLabels(row.facts.labels, *response.mutable_labels());
  GODWIT_ASSIGN_OR_RETURN(const Labels given, reader.OperatorLabels(name.key));
  AddLabels(given, *response.mutable_operator_labels());
  response.set_connected_since_unix_ns(statistics.ConnectedSince(name.id).value_or(0));
  GODWIT_ASSIGN_OR_RETURN(auto runs, reader.Runs(name.key));
  std::reverse(runs.begin(), runs.end());
  if (runs.size() > kRunsShown) runs.resize(kRunsShown);
  for (const RunRow& each : runs) {
    GODWIT_ASSIGN_OR_RETURN(const RunExtent extent, reader.Extent(each.key));
    v1::DeviceRun& run = *response.add_runs();
    run.set_run_id(each.id);
    run.set_follows_run_id(each.follows);
    run.set_records(extent.records);
    run.set_first_unix_ns(extent.first_unix_ns);
    run.set_last_unix_ns(extent.last_unix_ns);
    uint64_t gap_records = 0;
    for (const ExplainedGap& gap : each.gaps) {
      gap_records = SumSaturated(gap_records, gap.seqs.last - gap.seqs.first + 1);
    }
    run.set_gap_records(gap_records);
    run.set_unclean_end(each.unclean_end);
  }
  return absl::OkStatus();
}

}  // namespace godwit::collector
