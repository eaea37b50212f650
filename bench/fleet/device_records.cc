// A simulated device's records: made each minute, uploaded, settled by verdicts.
#include <algorithm>
#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "bench/fleet/device_calls.h"

namespace godwit::bench {
namespace {

constexpr absl::Duration kStreamDeadline = absl::Minutes(30);  // the agent's

}  // namespace

void Device::Sample() {
  if (!deps_.sampling) return;
  ++made_;
  made_at_ = Loop::Now();
  deps_.loop.After(deps_.period, [this] { Sample(); });
  Upload();
}

void Device::Upload() {
  if (!has_session() || uploading_ || settled_ == made_) return;
  uploading_ = true;
  const auto upload = std::make_shared<UploadCall>(session_);
  upload->first = upload->next = settled_ + 1;
  upload->last = std::min<Seq>(made_, settled_ + agent::kStreamRecordsMax);
  agent::SetDeadline(upload->context, kStreamDeadline);
  upload->context.set_initial_metadata_corked(true);
  upload->writer =
      stub_->PrepareAsyncUploadMetrics(&upload->context, &upload->response, &deps_.loop.queue());
  upload->writer->StartCall(nullptr);  // corked, it completes nothing
  upload->writer->Finish(&upload->status, agent::Tag([this, upload](bool) {
    if (upload->session == session_) OnVerdicts(*upload);
  }));
  WriteNext(upload);
}

void Device::WriteNext(const std::shared_ptr<UploadCall>& upload) {
  v1::UploadMetricsRequest message;
  if (upload->next == upload->first) {
    message.mutable_start()->set_session_token(session_->token);
    v1::DeviceReport& report = *message.mutable_start()->mutable_report();
    report.set_spool_bytes(1 << 20);
    report.set_spool_bytes_max(64 << 20);
    report.set_waiting_records(made_ - settled_);
    report.set_disk("ok");
    if (!table_known_) *message.add_tables() = deps_.records.table();
  }
  *message.mutable_record() = deps_.records.Make(number_, number_ + 1, upload->next);
  if (upload->next++ == upload->last) {
    return upload->writer->WriteLast(message, grpc::WriteOptions(), agent::QuietTag(upload));
  }
  upload->writer->Write(message, agent::Tag([this, upload](bool ok) {
                          // The end of a stream that takes no more comes by itself.
                          if (ok && upload->session == session_) WriteNext(upload);
                        }));
}

void Device::NoteVerdicts(const v1::UploadMetricsResponse& response) {
  for (const v1::RecordVerdict& verdict : response.verdicts()) {
    const uint64_t records = verdict.seqs().last() - verdict.seqs().first() + 1;
    if (verdict.verdict() == v1::VERDICT_COMMITTED) {
      deps_.tally.committed += records;
    } else if (verdict.verdict() == v1::VERDICT_DUPLICATE) {
      deps_.tally.duplicates += records;
    } else {
      deps_.tally.not_taken += records;
      continue;
    }
    if (verdict.seqs().first() <= settled_ + 1) {
      settled_ = std::max<Seq>(settled_, verdict.seqs().last());
    }
  }
}

void Device::OnVerdicts(const UploadCall& upload) {
  const agent::CallResult result = upload.result();
  if (!result.status.ok()) return Fail(result);
  NoteVerdicts(upload.response);
  if (settled_ < upload.last) {
    return Fail({.status = Error(StatusCode::kUnavailable, "asked to send again"),
                 .retry_after = result.retry_after});
  }
  uploading_ = false;
  table_known_ = true;
  reopened_at_once_ = false;
  backoff_.Reset();
  if (upload.first == made_) deps_.tally.verdict_ms.push_back((Loop::Now() - made_at_) * 1e3);
  EndTrial();
  if (link_lost_) return Fail(agent::CallResult(*link_lost_));
  Upload();
}

}  // namespace godwit::bench
