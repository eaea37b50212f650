#include "collector/ingest/upload_session.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "collector/ingest/admission.h"
#include "collector/limits.h"

namespace godwit::collector {

UploadSession::UploadSession(Ingest& ingest, UploadPeer& peer) : ingest_(ingest), peer_(&peer) {
  ingest_.streams_.insert(this);
}

UploadSession::~UploadSession() {
  ingest_.streams_.erase(this);
  ingest_.EndCommandStreams();
}

void UploadSession::Open() {
  if (ingest_.stopping_) return Finish(Ingest::Stopping());
  Continue();
}

void UploadSession::Message(v1::UploadMetricsRequest message) {
  reading_ = false;
  if (peer_ == nullptr) return;
  if (!message.has_start() && message.tables().empty() && !message.has_record()) {
    return Finish({Error(StatusCode::kInvalidArgument, "an empty message"), std::nullopt});
  }
  if (message.has_start()) OnStart(message.start());
  for (const v1::Table& table : message.tables()) {
    if (peer_ == nullptr) return;
    OnTable(table);
  }
  if (peer_ != nullptr && message.has_record()) OnRecord(message.record());
  Continue();
}

void UploadSession::OnStart(const v1::UploadStart& start) {
  if (!device_id_.empty()) {
    return Finish({Error(StatusCode::kInvalidArgument, "a second start message"), std::nullopt});
  }
  const auto device = ingest_.sessions_.DeviceOf(start.session_token());
  if (!device) {
    return Finish({Error(StatusCode::kFailedPrecondition, "the session is not known; open another"),
                   std::nullopt});
  }
  device_id_ = *device;
  // What it reports is written with its first record: no transaction of its own.
  if (start.has_report()) report_ = AdmitReport(start.report());
  if (start.set_aside().empty()) return;
  auto set_aside = AdmitSetAside(start.set_aside());
  if (!set_aside.ok()) return Finish({set_aside.status(), std::nullopt});
  ++uncommitted_;
  ingest_.writer_.Submit(
      {.device_id = device_id_, .set_aside = *std::move(set_aside)},
      WhenDelivered([this](const StatusOr<Outcome>& outcome) {
        --uncommitted_;
        if (outcome.ok() && *outcome == Outcome::kCommitted) return Continue();
        Finish(ingest_.NotTaken(
            outcome.ok() ? Error(StatusCode::kUnavailable, "the collector's disk is full")
                         : outcome.status()));
      }));
}

// Comes on the ingest executor, unless the session is gone by then.
Writer::Delivered UploadSession::WhenDelivered(std::function<void(const StatusOr<Outcome>&)> done) {
  return [&executor = ingest_.world_.executor, weak = std::weak_ptr<UploadSession*>(self_),
          done = std::move(done)](StatusOr<Outcome> outcome) {
    executor.Post([weak, done, outcome = std::move(outcome)] {
      if (weak.lock() != nullptr) done(outcome);
    });
  };
}

void UploadSession::OnTable(const v1::Table& table) {
  if (device_id_.empty() || ++tables_seen_ > kStreamTablesMax) {
    return Finish({Error(StatusCode::kInvalidArgument,
                         Cat("a table before the start message, or more than ", kStreamTablesMax)),
                   std::nullopt});
  }
  auto admitted = AdmitTable(table);
  if (!admitted.ok()) return Finish({admitted.status(), std::nullopt});
  tables_.push_back(*std::move(admitted));
}

void UploadSession::OnRecord(const v1::Record& record) {
  if (device_id_.empty() || ++records_seen_ > kStreamRecordsMax) {
    return Finish(
        {Error(StatusCode::kInvalidArgument,
               Cat("a record before the start message, or more than ", kStreamRecordsMax)),
         std::nullopt});
  }
  const RecordName name{record.run_id(), record.seq()};
  auto admitted = AdmitRecord(record);
  if (!admitted.ok()) {
    // Rejected is said only of a batch this collector can judge; all else may be right later.
    const bool judged =
        absl::IsInvalidArgument(admitted.status()) || absl::IsResourceExhausted(admitted.status());
    ingest_.figures_.NoteRefusal(judged ? "rejected" : "not readable yet");
    LogWarning(Cat("device ", device_id_, ": record ", Hex(name.run), "/", name.seq, ": ",
                   godwit::Message(admitted.status())));
    return Judge(name, judged ? v1::VERDICT_REJECTED : v1::VERDICT_RETRY,
                 godwit::Message(admitted.status()));
  }
  ++uncommitted_;
  ingest_.writer_.Submit({.device_id = device_id_,
                          .tables = std::exchange(tables_, {}),
                          .report = std::exchange(report_, std::nullopt),
                          .record = *std::move(admitted)},
                         WhenDelivered([this, name](const StatusOr<Outcome>& outcome) {
                           OnDelivered(name, outcome);
                         }));
}

void UploadSession::OnDelivered(const RecordName& name, const StatusOr<Outcome>& outcome) {
  --uncommitted_;
  // Each of its records would find the queue full.
  if (absl::IsUnavailable(outcome.status())) return Finish(ingest_.NotTaken(outcome.status()));
  if (!outcome.ok()) {
    Judge(name, v1::VERDICT_RETRY, "the store cannot take it now");
  } else {
    switch (*outcome) {
      case Outcome::kCommitted:
        Judge(name, v1::VERDICT_COMMITTED, "");
        break;
      case Outcome::kDuplicate:
        Judge(name, v1::VERDICT_DUPLICATE, "");
        break;
      case Outcome::kConflict:
        LogError(Cat("device ", device_id_, ": record ", Hex(name.run), "/", name.seq,
                     ": other bytes are stored under this name; is its spool written by two?"));
        Judge(name, v1::VERDICT_CONFLICT, "other bytes are stored under this name");
        break;
      case Outcome::kUnknownTable:
        Judge(name, v1::VERDICT_RETRY, "a table is not known");
        break;
      case Outcome::kMalformed:
        Judge(name, v1::VERDICT_REJECTED, "a block does not fit its table");
        break;
      case Outcome::kNoRoom:
        Judge(name, v1::VERDICT_RETRY, "the collector's disk is full");
        break;
    }
  }
  Continue();
}

// Neighbours with the same verdict become one range.
void UploadSession::Judge(const RecordName& name, v1::Verdict verdict, std::string_view reason) {
  if (const int count = response_.verdicts_size(); count > 0) {
    v1::RecordVerdict& last = *response_.mutable_verdicts(count - 1);
    if (last.run_id() == name.run && last.seqs().last() + 1 == name.seq &&
        last.verdict() == verdict && last.reason() == reason) {
      last.mutable_seqs()->set_last(name.seq);
      return;
    }
  }
  v1::RecordVerdict& added = *response_.add_verdicts();
  added.set_run_id(name.run);
  added.mutable_seqs()->set_first(name.seq);
  added.mutable_seqs()->set_last(name.seq);
  added.set_verdict(verdict);
  added.set_reason(std::string(reason));
}

void UploadSession::HalfClose() {
  reading_ = false;
  half_closed_ = true;
  Continue();
}

void UploadSession::EndEarly() {
  half_closed_ = true;
  Continue();
}

void UploadSession::Cancel() {
  Finish({Error(StatusCode::kCancelled, "the device is gone"), {}});
}

void UploadSession::Continue() {
  if (peer_ == nullptr) return;
  if (half_closed_) {
    if (uncommitted_ == 0) Finish({absl::OkStatus(), std::nullopt});
    return;
  }
  if (reading_ || uncommitted_ >= kStreamUncommittedMax) return;
  reading_ = true;
  peer_->Next();
}

void UploadSession::Finish(const CallEnd& end) {
  if (UploadPeer* const peer = std::exchange(peer_, nullptr)) peer->Finish(end, response_);
}

}  // namespace godwit::collector
