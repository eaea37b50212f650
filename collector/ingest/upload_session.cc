#include "collector/ingest/upload_session.h"

#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/log_subject.h"
#include "base/text.h"
#include "collector/ingest/admission.h"
#include "collector/ingest/ingest_limits.h"
#include "collector/ingest/postponement.h"
#include "collector/limits.h"

namespace godwit::collector {

// A message, and its result on a thread of the pool.
struct UploadSession::Received {
  explicit Received(v1::UploadMetricsRequest request)
      : message(std::move(request)), bytes(message.ByteSizeLong() + kMessageOverheadBytes) {
    if (message.has_record()) name = {message.record().run_id(), message.record().seq()};
  }

  void Decode() {
    for (v1::Table& table : *message.mutable_tables()) {
      tables.push_back(AdmitTable(std::move(table)));
      if (!tables.back().ok()) return;
    }
    if (message.has_record()) record = AdmitRecord(std::move(*message.mutable_record()));
  }

  v1::UploadMetricsRequest message;
  const size_t bytes;
  RecordName name;
  std::vector<StatusOr<IncomingTable>> tables;
  std::optional<StatusOr<IncomingRecord>> record;
};

UploadSession::UploadSession(Ingest& ingest, UploadPeer& peer, Caller caller)
    : ingest_(ingest), peer_(&peer), caller_(std::move(caller)) {
  ingest_.streams_.insert(this);
}

void UploadSession::Abandon() {
  peer_ = nullptr;
  life_.reset();
  StopWaiting();
  ReleaseWaiting();
  ingest_.streams_.erase(this);
  ingest_.EndCommandStreams();
  ingest_.NoteStreamGone();
}

void UploadSession::Open() {
  if (ingest_.stopping_) return Finish(Ingest::Stopping());
  life_ = ingest_.deps_.executor.PostAfter(kUploadLifeMax, [this] {
    ingest_.statistics_.NoteRefusal("upload open too long");
    EndEarly();
  });
  Continue();
}

void UploadSession::Message(v1::UploadMetricsRequest message) {
  reading_ = false;
  if (peer_ == nullptr) return;
  if (!message.has_start() && message.tables().empty() && !message.has_record()) {
    return Finish({Error(StatusCode::kInvalidArgument, "an empty message"), std::nullopt});
  }
  last_message_bytes_ = message.ByteSizeLong();
  if (!ingest_.received_.HasRoomFor(last_message_bytes_)) {
    return EndBusy("received full",
                   "the collector has too many undecided messages; try again later");
  }
  if (message.has_start()) OnStart(message.start());
  for (int i = 0; i < message.tables_size() && peer_ != nullptr; ++i) OnTable();
  if (peer_ != nullptr && message.has_record()) OnRecord();
  if (peer_ == nullptr) return;
  if (!message.tables().empty() || message.has_record()) Decode(std::move(message));
  Continue();
}

void UploadSession::OnStart(const v1::UploadStart& start) {
  if (!device_id_.empty()) {
    return Finish({Error(StatusCode::kInvalidArgument, "a second start message"), std::nullopt});
  }
  const auto device = ingest_.DeviceOf(start.session_token(), caller_);
  if (!device.ok()) return Finish({device.status(), std::nullopt});
  device_id_ = *device;
  // What it reports is written with its first record: no transaction of its own.
  if (start.has_report()) {
    report_ = AdmitReport(start.report());
    HoldForRecord(start.report().ByteSizeLong() + kMessageOverheadBytes);
  }
  if (start.quarantined().empty()) return;
  auto quarantined = AdmitQuarantined(start.quarantined());
  if (!quarantined.ok()) return Finish({quarantined.status(), std::nullopt});
  ++uncommitted_;
  ingest_.Submit(
      {.device_id = device_id_, .quarantined = *std::move(quarantined)},
      [self = shared_from_this()](const StatusOr<Outcome>& outcome) {
        --self->uncommitted_;
        if (outcome.ok() && *outcome == Outcome::kCommitted) return self->Continue();
        if (outcome.ok() && BoundOf(*outcome)) {
          const DeviceBound bound = *BoundOf(*outcome);
          return self->Finish(EndOf(Postponement{.bound = bound, .wait = TraitsOf(bound).pause}));
        }
        self->Finish(self->ingest_.NotTaken(
            outcome.ok() ? Error(StatusCode::kUnavailable, "the collector's disk is full")
                         : outcome.status()));
      });
}

void UploadSession::OnTable() {
  if (!device_id_.empty() && ++tables_seen_ <= kStreamTablesMax) return;
  Finish({Error(StatusCode::kInvalidArgument,
                Cat("a table before the start message, or more than ", kStreamTablesMax)),
          std::nullopt});
}

void UploadSession::OnRecord() {
  if (!device_id_.empty() && ++records_seen_ <= kStreamRecordsMax) return;
  Finish({Error(StatusCode::kInvalidArgument,
                Cat("a record before the start message, or more than ", kStreamRecordsMax)),
          std::nullopt});
}

void UploadSession::Decode(v1::UploadMetricsRequest message) {
  decoding_ = true;
  const auto received = std::make_shared<Received>(std::move(message));
  ingest_.received_.Charge(device_id_, received->bytes);
  ingest_.pool_.Run(
      device_id_, received->bytes, [received] { received->Decode(); },
      [self = shared_from_this(), received] { self->OnDecoded(*received); });
}

// From here on its parts are charged.
void UploadSession::OnDecoded(Received& received) {
  decoding_ = false;
  Status tables;
  for (StatusOr<IncomingTable>& table : received.tables) {
    tables = table.status();
    if (!tables.ok()) break;
    HoldForRecord(table->encoded.size() + kMessageOverheadBytes);
    tables_.push_back(*std::move(table));
  }
  if (!tables.ok()) {
    Finish({tables, std::nullopt});
  } else if (received.record) {
    OnAdmitted(received.name, *std::move(received.record));
  }
  ingest_.received_.Release(device_id_, received.bytes);
  if (peer_ == nullptr) return ReleaseWaiting();
  Continue();
}

void UploadSession::OnAdmitted(const RecordName& name, StatusOr<IncomingRecord> record) {
  if (!record.ok()) {
    // Rejected is said only of a batch this collector can judge; all else may be right later.
    const bool judged =
        absl::IsInvalidArgument(record.status()) || absl::IsResourceExhausted(record.status());
    ingest_.statistics_.NoteRefusal(judged ? "rejected" : "not readable yet");
    LogWarning(Cat("device ", device_id_, ": record ", Hex(name.run), "/", name.seq, ": ",
                   godwit::Message(record.status())),
               LogSubject{device_id_});
    return Judge(name, judged ? v1::VERDICT_REJECTED : v1::VERDICT_RETRY,
                 godwit::Message(record.status()));
  }
  ++uncommitted_;
  // One that keeps the device from sending more cannot wait, nor can what is decoded after the end
  // of the stream of a device that catches up (HalfClose).
  const bool catches_up = half_closed_ && records_seen_ >= kStreamUncommittedMax;
  const bool can_wait = uncommitted_ < kStreamUncommittedMax && !catches_up;
  ingest_.Submit(
      {.device_id = device_id_,
       .tables = std::exchange(tables_, {}),
       .report = std::exchange(report_, std::nullopt),
       .record = *std::move(record)},
      [self = shared_from_this(), name](const StatusOr<Outcome>& outcome) {
        self->OnDelivered(name, outcome);
      },
      can_wait);
  ReleaseWaiting();
}

void UploadSession::OnDelivered(const RecordName& name, const StatusOr<Outcome>& outcome) {
  --uncommitted_;
  // Each of its records would find the queue full.
  if (absl::IsUnavailable(outcome.status())) return Finish(ingest_.NotTaken(outcome.status()));
  if (!outcome.ok()) {
    Judge(name, v1::VERDICT_RETRY, "the store cannot take it now");
  } else if (const auto bound = BoundOf(*outcome)) {
    // What comes behind it would be sent again, too.
    Judge(name, v1::VERDICT_RETRY, TraitsOf(*bound).reason);
    postponed_by_ = bound;
    half_closed_ = true;
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
                     ": other bytes are stored under this name; do two agents write its spool?"),
                 LogSubject{device_id_});
        Judge(name, v1::VERDICT_CONFLICT, "other bytes are stored under this name");
        break;
      case Outcome::kUnknownTable:
        Judge(name, v1::VERDICT_RETRY, "a table of the record is not known");
        break;
      case Outcome::kMalformed:
        Judge(name, v1::VERDICT_REJECTED, "a block does not fit its table");
        break;
      case Outcome::kNoRoom:
        Judge(name, v1::VERDICT_RETRY, "the collector's disk is full");
        break;
      default:
        break;  // of a bound
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
  // A device that catches up sends the next stream behind this one.
  if (records_seen_ >= kStreamUncommittedMax && uncommitted_ > 0) ingest_.writer_.Hurry();
  Continue();
}

void UploadSession::EndEarly() {
  half_closed_ = true;
  StopWaiting();
  Continue();
}

void UploadSession::EndBusy(const std::string& counted_as, std::string_view why) {
  ingest_.statistics_.NoteRefusal(counted_as);
  Finish(ingest_.NotTaken(Error(StatusCode::kUnavailable, why)));
}

void UploadSession::Cancel() {
  Finish({Error(StatusCode::kCancelled, "the device disconnected"), {}});
}

void UploadSession::HoldForRecord(size_t bytes) {
  waiting_bytes_ += bytes;
  ingest_.received_.Charge(device_id_, bytes);
  ingest_.received_.HoldTables(bytes);
}

// What waited has gone with a record, or goes with the stream.
void UploadSession::ReleaseWaiting() {
  // A record that is being decoded takes it along.
  if (decoding_) return;
  tables_.clear();
  report_.reset();
  const size_t bytes = std::exchange(waiting_bytes_, 0);
  ingest_.received_.LetTablesGo(bytes);
  ingest_.received_.Release(device_id_, bytes);
}

void UploadSession::Continue() {
  ingest_.BoundWaitingTables();
  if (peer_ == nullptr) return;
  if (half_closed_) {
    if (uncommitted_ > 0 || decoding_) return;
    Finish(postponed_by_ ? EndOfStream(*postponed_by_) : CallEnd{absl::OkStatus(), std::nullopt});
    return;
  }
  if (reading_ || decoding_ || wait_ != 0 || uncommitted_ >= kStreamUncommittedMax) return;
  // Whose stream it is, the first message says.
  if (!device_id_.empty() && !ingest_.received_.MayRead(device_id_)) {
    wait_ = ingest_.received_.Wait(device_id_, last_message_bytes_, [this] {
      wait_ = 0;
      reading_ = true;
      peer_->Next();
    });
    return;
  }
  reading_ = true;
  peer_->Next();
}

void UploadSession::StopWaiting() {
  if (wait_ != 0) ingest_.received_.Leave(device_id_, std::exchange(wait_, 0));
}

void UploadSession::Finish(const CallEnd& end) {
  StopWaiting();
  if (UploadPeer* const peer = std::exchange(peer_, nullptr)) {
    ReleaseWaiting();
    peer->Finish(end, response_);
  }
}

}  // namespace godwit::collector
