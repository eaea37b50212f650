#include "tests/fuzz/good_device.h"

#include <utility>

#include "base/check.h"
#include "base/checksum.h"
#include "codec/batch_codec.h"
#include "codec/table.h"
#include "tests/fuzz/sequence_checks.h"
#include "tests/fuzz/sequence_messages.h"

namespace godwit::collector {
namespace {

constexpr RunId kRun = 0x600d;
constexpr uint64_t kBoot = 7;
constexpr int64_t kSecond = 1'000'000'000;

std::string BatchOf(Seq seq, const Table& table) {
  Block block{.table = TableIdOf(table), .interval_ns = kSecond};
  block.columns.resize(table.series.size());
  const auto number = static_cast<int64_t>(seq) - 1;
  const int64_t wall = absl::ToUnixNanos(sim::SimClock::TrueTimeAt(absl::Hours(1)));
  block.ticks.push_back({wall + number * kSecond, 0});
  for (Column& column : block.columns) column.Append(number);
  return *EncodeBatch(
      {.boot_id = SixteenOf(kBoot), .wall_synchronised = true, .blocks = {std::move(block)}});
}

}  // namespace

void GoodDevice::OpenSession(CollectorLife& life) {
  v1::OpenSessionRequest request;
  request.set_device_id(kId);
  request.set_device_name(kId);
  request.set_boot_id(SixteenOf(kBoot));
  request.set_wall_synchronised(true);
  request.set_wall_time_unix_ns(absl::ToUnixNanos(life.clock().Wall()));
  v1::HeldRun& run = *request.add_runs();
  run.set_run_id(kRun);
  run.set_last_seq(seq_);
  if (seq_ > 0) {
    run.add_held()->set_first(1);
    run.mutable_held(0)->set_last(seq_);
  }
  token_.clear();
  life.ingest().OpenSession(
      request, life.clock().Wall(),
      [&](const CallEnd& end, const v1::OpenSessionResponse& response) {
        Require(end.status, "the good device opens a session");
        token_ = response.session_token();
        if (seq_ == 0) return;
        GODWIT_CHECK(response.settled_size() == 1 && response.settled(0).settled_size() == 1);
        GODWIT_CHECK(response.settled(0).settled(0).first() == 1);
        GODWIT_CHECK(response.settled(0).settled(0).last() == seq_);
      });
  life.RunBriefly();
  GODWIT_CHECK(!token_.empty());
}

void GoodDevice::Upload(CollectorLife& life) {
  const Table table = TableOf(1);
  v1::UploadMetricsRequest message;
  message.mutable_start()->set_session_token(token_);
  v1::Table& added = *message.add_tables();
  added.set_encoded(EncodeTable(table));
  added.set_table_id(TableIdOf(table));
  v1::Record& record = *message.mutable_record();
  record.set_run_id(kRun);
  record.set_seq(++seq_);
  record.set_batch(BatchOf(seq_, table));
  record.set_checksum(Checksum(record.batch()));
  UploadCaller caller;
  const auto sink = life.ingest().NewStream(caller);
  sink->Open();
  sink->Message(message);
  life.RunBriefly();
  sink->HalfClose();
  life.RunBriefly();
  GODWIT_CHECK(caller.ended.has_value() && caller.ended->ok());
  GODWIT_CHECK(caller.response.verdicts_size() == 1);
  GODWIT_CHECK(caller.response.verdicts(0).verdict() == v1::VERDICT_COMMITTED);
}

}  // namespace godwit::collector
