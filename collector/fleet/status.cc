#include "collector/fleet/status.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace godwit::collector {
namespace {

std::string Number(double number) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), number).ptr;
  return std::string(buffer, end);
}

class MetricsPage {
 public:
  void Add(std::string_view name, std::string_view type, std::string_view help, double value) {
    Begin(name, type, help);
    text_ += Cat(name, " ", Number(value), "\n");
  }
  void Begin(std::string_view name, std::string_view type, std::string_view help) {
    text_ += Cat("# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
  }
  void Line(std::string_view name, std::string_view label, std::string_view value, double number) {
    text_ += Cat(name, "{", label, "=\"", value, "\"} ", Number(number), "\n");
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

double Seconds(int64_t unix_ns) {
  return static_cast<double>(unix_ns) / 1e9;
}

void AddReceived(MetricsPage& page, const CollectorStatus& status) {
  page.Add(
      "godwit_collector_received_bytes", "gauge",
      "Size of the messages from devices that wait for a verdict; the limit is limits.received.",
      static_cast<double>(status.received_bytes));
  page.Add("godwit_collector_upload_waits_total", "counter",
           "Uploads that waited because of limits.received.",
           static_cast<double>(status.upload_waits));
}

}  // namespace

void Fill(const CollectorStatus& status, v1::GetStatusResponse& response) {
  const Statistics::Snapshot& statistics = status.statistics;
  response.set_version(status.version);
  response.set_started_unix_ns(status.started_unix_ns);
  response.set_devices(status.store.devices);
  response.set_devices_connected(statistics.connected);
  response.set_samples(statistics.total.samples);
  response.set_records(statistics.total.records);
  response.set_batch_bytes(statistics.total.batch_bytes);
  response.set_commits(statistics.total.commits);
  response.set_duplicates(statistics.total.duplicates);
  for (const auto& [name, count] : statistics.refusals) {
    v1::Count& refusal = *response.add_refusals();
    refusal.set_name(name);
    refusal.set_count(count);
  }
  response.set_samples_per_second(statistics.samples_per_second);
  response.set_commits_per_second(statistics.commits_per_second);
  response.set_commit_seconds(statistics.commit_seconds);
  response.set_store_bytes(status.store.bytes);
  response.set_store_free_bytes(status.store.free_bytes);
  response.set_disk_free_bytes(status.disk_free_bytes);
  response.set_store_full(statistics.store_full);
  response.set_oldest_unix_ns(status.store.oldest_unix_ns);
  response.set_stored_samples(status.store.samples);
  response.set_merge_waiting(status.store.merge_waiting);
  response.set_resident_bytes(status.resident_bytes);
  response.set_retention(status.retention);
  response.set_store_problem(status.store_problem);
  for (const std::string& warning : status.warnings) response.add_warnings(warning);
  response.set_knows_order_ids(true);
}

std::string MetricsText(const CollectorStatus& status) {
  const Statistics::Snapshot& statistics = status.statistics;
  const auto number = [](uint64_t value) { return static_cast<double>(value); };
  MetricsPage page;
  page.Begin("godwit_collector_info", "gauge", "The version of the collector.");
  page.Line("godwit_collector_info", "version", status.version, 1);
  page.Add("godwit_collector_start_time_seconds", "gauge",
           "Time of the collector's start, Unix time.", Seconds(status.started_unix_ns));
  page.Add("godwit_collector_samples_total", "counter", "Samples committed since the start.",
           number(statistics.total.samples));
  page.Add("godwit_collector_records_total", "counter", "Records committed since the start.",
           number(statistics.total.records));
  page.Add("godwit_collector_batch_bytes_total", "counter", "Bytes of the committed batches.",
           number(statistics.total.batch_bytes));
  page.Add("godwit_collector_commits_total", "counter", "Durable transactions.",
           number(statistics.total.commits));
  page.Add("godwit_collector_duplicates_total", "counter",
           "Records received that were already stored.", number(statistics.total.duplicates));
  page.Add("godwit_collector_commit_seconds", "gauge",
           "Median duration of the last 128 transactions.", statistics.commit_seconds);
  page.Begin("godwit_collector_refusals_total", "counter",
             "Requests and records that were refused, by reason.");
  for (const auto& [reason, count] : statistics.refusals) {
    page.Line("godwit_collector_refusals_total", "reason", reason, number(count));
  }
  AddReceived(page, status);
  page.Begin("godwit_collector_removed_records_total", "counter",
             "Records that retention deleted, by reason.");
  for (const auto& [reason, count] : statistics.removals) {
    page.Line("godwit_collector_removed_records_total", "reason", reason, number(count));
  }
  page.Add("godwit_collector_devices", "gauge", "Devices in the store.",
           number(status.store.devices));
  page.Add("godwit_collector_devices_connected", "gauge", "Devices with an open session.",
           number(statistics.connected));
  page.Add("godwit_collector_queries", "gauge", "Queries in progress.",
           statistics.under_way(LongCall::kQuery));
  page.Add("godwit_collector_tails", "gauge", "Readers that follow a device's samples.",
           statistics.under_way(LongCall::kTail));
  page.Add("godwit_collector_log_followers", "gauge", "Readers that follow a device's log.",
           statistics.under_way(LongCall::kLog));
  page.Add("godwit_collector_store_bytes", "gauge", "Size of the store's file.",
           number(status.store.bytes));
  page.Add("godwit_collector_store_free_bytes", "gauge",
           "Free space in the store's file, which the store uses again.",
           number(status.store.free_bytes));
  page.Add("godwit_collector_store_full", "gauge",
           "1 while the disk is full and nothing is stored.", statistics.store_full ? 1 : 0);
  page.Add("godwit_collector_store_broken", "gauge",
           "1 while nothing is stored because the store is damaged or its files are missing.",
           status.store_problem.empty() ? 0 : 1);
  page.Add("godwit_collector_store_oldest_timestamp_seconds", "gauge",
           "Time of the oldest stored sample, Unix time.", Seconds(status.store.oldest_unix_ns));
  page.Add("godwit_collector_merge_waiting_records", "gauge", "Records that wait to be merged.",
           number(status.store.merge_waiting));
  page.Add("godwit_collector_disk_free_bytes", "gauge", "Free space on the store's disk.",
           number(status.disk_free_bytes));
  page.Add("godwit_collector_log_lines_dropped_total", "counter",
           "Log lines dropped because one place of the program logged too many.",
           number(status.dropped_log_lines));
  if (status.certificate_expires != absl::InfiniteFuture()) {
    page.Add("godwit_collector_certificate_expiry_timestamp_seconds", "gauge",
             "When the certificate of listen.devices expires, Unix time.",
             static_cast<double>(absl::ToUnixSeconds(status.certificate_expires)));
  }
  page.Add("process_resident_memory_bytes", "gauge", "Resident memory.",
           number(status.resident_bytes));
  return page.Take();
}

}  // namespace godwit::collector
