#include "tests/fuzz/sequence_messages.h"

#include <utility>

#include "base/checksum.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/store/boot_clock.h"

namespace godwit::collector {
namespace {

void DrawRuns(SequenceBytes& bytes, v1::OpenSessionRequest& request) {
  const uint64_t runs = bytes.Below(5);
  for (uint64_t i = 0; i < runs; ++i) {
    v1::HeldRun& run = *request.add_runs();
    run.set_run_id(bytes.Number());
    run.set_last_seq(bytes.Number());
    run.set_follows_run_id(bytes.Number());
    run.set_follows_last_seq(bytes.Number());
    run.set_unclean_end(bytes.Flag());
    for (uint64_t held = bytes.Below(4); held > 0; --held) {
      v1::SeqRange& range = *run.add_held();
      range.set_first(bytes.Number());
      range.set_last(bytes.Flag() ? range.first() : bytes.Number());
    }
  }
  for (uint64_t losses = bytes.Below(3); losses > 0; --losses) {
    v1::Loss& loss = *request.add_losses();
    loss.set_run_id(bytes.Number());
    loss.mutable_seqs()->set_first(bytes.Number());
    loss.mutable_seqs()->set_last(bytes.Number());
    loss.set_reason(static_cast<v1::LossReason>(bytes.Below(8)));
  }
  for (uint64_t copies = bytes.Below(3); copies > 0; --copies) {
    v1::QuarantinedRecords& copy = *request.add_quarantined();
    copy.set_run_id(bytes.Number());
    copy.mutable_seqs()->set_first(bytes.Number());
    copy.mutable_seqs()->set_last(bytes.Flag() ? copy.seqs().first() : bytes.Number());
  }
}

void DrawReport(SequenceBytes& bytes, v1::DeviceReport& report) {
  report.set_spool_bytes(bytes.Number());
  report.set_spool_bytes_max(bytes.Number());
  report.set_waiting_records(bytes.Number());
  report.set_quarantined_copies(bytes.Number());
  report.set_disk(bytes.Text(20));
  report.set_wall_source(bytes.Text(8));
  report.add_settings()->set_name(bytes.Text(8));
  v1::SensorState& sensor = *report.mutable_sensors()->add_sensors();
  sensor.set_name(bytes.Text(8));
  sensor.set_readings(bytes.Number());
}

std::string DrawBatch(SequenceBytes& bytes) {
  Batch batch{.boot_id = SixteenOf(bytes.Below(3)),
              .wall_offset_ns = bytes.Time(),
              .wall_synchronised = bytes.Flag()};
  for (uint64_t blocks = bytes.Below(4); blocks > 0; --blocks) {
    const uint64_t number = bytes.Below(3);
    Block block{.table = TableIdOf(TableOf(number)), .interval_ns = bytes.Time()};
    block.columns.resize(bytes.Below(16) == 0 ? number : number + 1);
    int64_t at = bytes.Time();
    for (uint64_t ticks = bytes.Below(4); ticks > 0; --ticks) {
      block.ticks.push_back({at, static_cast<uint32_t>(bytes.Byte())});
      at = AddSaturated(at, bytes.Time());
      for (Column& column : block.columns) column.Append(bytes.Time());
    }
    batch.blocks.push_back(std::move(block));
  }
  return EncodeBatch(batch).value_or("no batch");
}

void DrawRecord(SequenceBytes& bytes, v1::Record& record) {
  record.set_run_id(bytes.Number());
  record.set_seq(bytes.Number());
  record.set_batch(bytes.Below(8) == 0 ? bytes.Text(64) : DrawBatch(bytes));
  record.set_checksum(bytes.Below(16) == 0 ? 1 : Checksum(record.batch()));
}

}  // namespace

Table TableOf(uint64_t number) {
  Table table;
  for (uint64_t i = 0; i <= number; ++i) {
    table.series.push_back({.name = Cat("series.", number, ".", i),
                            .kind = number % 2 == 0 ? Kind::kGauge : Kind::kCounter});
  }
  return table;
}

std::string SixteenOf(uint64_t letter) {
  return std::string(16, static_cast<char>('a' + letter));
}

v1::OpenSessionRequest DrawOpenSession(SequenceBytes& bytes) {
  v1::OpenSessionRequest request;
  if (bytes.Below(8) == 0) {
    static_cast<void>(request.ParseFromString(bytes.Text(255)));
    return request;
  }
  request.set_device_name(bytes.Flag() ? "good" : bytes.Text(8));
  request.set_boot_id(SixteenOf(bytes.Below(3)));
  request.set_boot_time_ns(bytes.Time());
  request.set_wall_time_unix_ns(bytes.Time());
  request.set_wall_synchronised(bytes.Flag());
  if (bytes.Flag()) DrawRuns(bytes, request);
  if (bytes.Flag()) DrawReport(bytes, *request.mutable_report());
  if (bytes.Flag()) request.add_table_ids(TableIdOf(TableOf(bytes.Below(3))));
  if (bytes.Flag()) request.add_labels()->set_key(bytes.Text(8));
  return request;
}

v1::UploadMetricsRequest DrawUploadStart(SequenceBytes& bytes, const std::string& session_token) {
  v1::UploadMetricsRequest message;
  v1::UploadStart& start = *message.mutable_start();
  start.set_session_token(session_token);
  if (bytes.Below(4) == 0) DrawReport(bytes, *start.mutable_report());
  if (bytes.Below(4) == 0) {
    v1::QuarantinedRecords& copy = *start.add_quarantined();
    copy.set_run_id(bytes.Number());
    copy.mutable_seqs()->set_first(bytes.Number());
    copy.mutable_seqs()->set_last(copy.seqs().first());
  }
  return message;
}

v1::UploadMetricsRequest DrawUpload(SequenceBytes& bytes) {
  v1::UploadMetricsRequest message;
  if (bytes.Below(8) == 0) {
    static_cast<void>(message.ParseFromString(bytes.Text(255)));
    return message;
  }
  if (bytes.Below(3) > 0) {
    const Table table = TableOf(bytes.Below(3));
    v1::Table& added = *message.add_tables();
    added.set_encoded(bytes.Below(16) == 0 ? bytes.Text(32) : EncodeTable(table));
    added.set_table_id(TableIdOf(table));
  }
  DrawRecord(bytes, *message.mutable_record());
  return message;
}

}  // namespace godwit::collector
