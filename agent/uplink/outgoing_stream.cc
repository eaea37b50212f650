#include "agent/uplink/outgoing_stream.h"

#include <utility>

#include "agent/limits.h"
#include "agent/uplink/open_request.h"
#include "base/check.h"
#include "base/foreign_text.h"

namespace godwit::agent {
namespace {

// A stalled stream times out after kReplyDeadline; this bounds one that trickles.
constexpr absl::Duration kStreamDeadline = absl::Minutes(30);

}  // namespace

void OutgoingStream::Start(Transport& transport, const std::string& token,
                           std::optional<v1::DeviceReport> report,
                           std::vector<RecordName> quarantined) {
  v1::UploadStart& start = *messages_.emplace_back().mutable_start();
  start.set_session_token(token);
  if (report) *start.mutable_report() = *std::move(report);
  AddQuarantined(quarantined, *start.mutable_quarantined());
  reported_quarantined_ = std::move(quarantined);
  stream_ = transport.StartUpload(kStreamDeadline, *this);
  period_timer_ = loop_.PostAfter(bounds_.period, [this] {
    period_over_ = true;
    if (!ended_ && !writing()) owner_.due();
  });
}

void OutgoingStream::Send(NextRecord next, bool last) {
  GODWIT_CHECK(!ended_ && !last_queued_);  // the owner reads for a stream that is not writing
  for (v1::Table& table : next.tables) {
    tables_.insert(table.table_id());
    *Room(table.ByteSizeLong()).add_tables() = std::move(table);
  }
  bytes_ += next.record.batch().size();
  ++records_;
  awaiting_verdict_.insert(next.name);
  *Room(next.record.ByteSizeLong()).mutable_record() = std::move(next.record);
  last_queued_ = last;
  if (!writing_) WriteOne();
}

// Most streams of a small device are one message: of a start and a record apart, the second would
// wait until the first is reported as written, and each would be a packet.
v1::UploadMetricsRequest& OutgoingStream::Room(size_t bytes) {
  const bool joins = bounds_.messages_join && !messages_.empty() &&
                     !messages_.back().has_record() &&
                     messages_.back().ByteSizeLong() + bytes <= kJoinedBytesMax;
  return joins ? messages_.back() : messages_.emplace_back();
}

void OutgoingStream::End() {
  GODWIT_CHECK(!ended_ && !writing());  // the owner asks for both first
  NoteEnd();
  stream_->WritesDone();
}

void OutgoingStream::NoteEnd() {
  ended_ = true;
  period_timer_.reset();
  ArmStall();
}

bool OutgoingStream::full() const {
  return period_over_ || records_ >= bounds_.records || bytes_ + kRecordBytesMax > bounds_.bytes;
}

bool OutgoingStream::HasRoomFor(const NextRecord& next) const {
  return records_ == 0 || tables_.size() + next.tables.size() <= bounds_.tables;
}

void OutgoingStream::WriteOne() {
  const v1::UploadMetricsRequest message = std::move(messages_.front());
  messages_.pop_front();
  if (last_queued_ && messages_.empty()) {
    writing_ = false;
    NoteEnd();
    stream_->WriteLast(message);
    return owner_.wants_more();
  }
  writing_ = true;
  ArmStall();
  stream_->Write(message);
}

void OutgoingStream::OnWritten() {
  writing_ = false;
  if (!messages_.empty()) return WriteOne();
  owner_.wants_more();
}

// A record may need longer than kReplyDeadline on its link.
void OutgoingStream::OnProgress() {
  if (ended_ || writing_) ArmStall();
}

// While it waits for records, not for the peer, it does not stall.
void OutgoingStream::ArmStall() {
  stall_timer_ = loop_.PostAfter(kReplyDeadline, [this] {
    if (ended_ || writing_) owner_.stalled();
  });
}

void OutgoingStream::OnClosed(const CallResult& result, const v1::UploadMetricsResponse& response) {
  owner_.closed(*this, result, response);
}

StreamVerdicts OutgoingStream::Judge(const v1::UploadMetricsResponse& response) const {
  StreamVerdicts out;
  for (const v1::RecordVerdict& verdict : response.verdicts()) {
    // One of a newer collector is none that we know: as if there were none.
    if (verdict.verdict() < v1::VERDICT_COMMITTED || verdict.verdict() > v1::VERDICT_REJECTED) {
      continue;
    }
    auto at = awaiting_verdict_.lower_bound({verdict.run_id(), verdict.seqs().first()});
    for (; at != awaiting_verdict_.end() && at->run == verdict.run_id() &&
           at->seq <= verdict.seqs().last();
         ++at) {
      out.judged.emplace(*at, verdict.verdict());
      if (verdict.verdict() >= v1::VERDICT_CONFLICT) out.reason = ForeignText(verdict.reason());
    }
  }
  for (const RecordName& name : awaiting_verdict_) {
    if (!out.judged.contains(name)) out.unanswered.push_back(name);
  }
  return out;
}

}  // namespace godwit::agent
