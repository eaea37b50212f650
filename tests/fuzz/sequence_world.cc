#include "tests/fuzz/sequence_world.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/checksum.h"
#include "base/text.h"
#include "tests/fuzz/sequence_checks.h"
#include "tests/fuzz/sequence_messages.h"

namespace godwit::collector {

SequenceWorld::SequenceWorld(uint64_t seed) : scheduler_(seed), disk_(seed) {
  static const std::string empty = [this] {
    Require(SqliteStore::Open(CollectorLife::kStore, random_), "open").reset();
    return disk_.Read(CollectorLife::kStore);
  }();
  disk_.Write(CollectorLife::kStore, empty);
  Start();
  good_.OpenSession(*life_);
  good_.Upload(*life_);
  good_.Upload(*life_);
}

SequenceWorld::~SequenceWorld() {
  Stop();
}

void SequenceWorld::Start() {
  life_ = Require(CollectorLife::Start(scheduler_, clock_, random_), "open the store");
}

void SequenceWorld::Stop() {
  life_.reset();
  tokens_.clear();
}

// Mostly one that is known.
std::string SequenceWorld::Token(SequenceBytes& bytes) {
  const uint8_t choice = bytes.Byte();
  if (choice >= 250 || tokens_.empty()) return bytes.Text(32);
  return tokens_[choice % tokens_.size()];
}

void SequenceWorld::OpenSession(SequenceBytes& bytes) {
  v1::OpenSessionRequest request = DrawOpenSession(bytes);
  if (request.device_id() == GoodDevice::kId) return;
  if (request.device_id().empty()) request.set_device_id(Cat("stranger-", bytes.Below(2)));
  const absl::Time heard = clock_.Wall() - absl::Seconds(static_cast<int64_t>(bytes.Below(30)));
  std::optional<Status> ended;
  life_->ingest().OpenSession(request, heard,
                              [&](const CallEnd& end, const v1::OpenSessionResponse& response) {
                                ended = end.status;
                                if (end.status.ok()) tokens_.push_back(response.session_token());
                              });
  life_->RunBriefly();
  GODWIT_CHECK(ended.has_value());
  // The store takes whatever the border let in.
  GODWIT_CHECK(ended->ok() || absl::IsInvalidArgument(*ended));
}

void SequenceWorld::Upload(SequenceBytes& bytes) {
  UploadCaller caller;
  const auto sink = life_->ingest().NewStream(caller);
  sink->Open();
  const auto send = [&](v1::UploadMetricsRequest message) {
    life_->RunBriefly();
    if (std::exchange(caller.wants_next, false)) sink->Message(std::move(message));
  };
  send(DrawUploadStart(bytes, Token(bytes)));
  for (uint64_t messages = bytes.Below(5); messages > 0; --messages) send(DrawUpload(bytes));
  if (bytes.Below(4) == 0) {
    sink->Cancel();
  } else {
    sink->HalfClose();
  }
  life_->RunBriefly();
  GODWIT_CHECK(caller.ended.has_value());
}

void SequenceWorld::Listen(SequenceBytes& bytes) {
  v1::ReceiveCommandsRequest request;
  request.set_session_token(Token(bytes));
  if (bytes.Flag()) request.set_effective_revision(SixteenOf(bytes.Below(2)));
  auto listener = std::make_unique<CommandListener>();
  listener->sink = life_->ingest().NewCommandStream(*listener, request);
  listener->sink->Open();
  life_->RunBriefly();
  if (listener->sent > 0) listener->sink->Sent();
  life_->Keep(std::move(listener));
  life_->RunBriefly();
}

void SequenceWorld::ReportCommand(SequenceBytes& bytes) {
  v1::ReportCommandRequest request;
  request.set_session_token(Token(bytes));
  request.set_command_id(commands_.empty() || bytes.Below(8) == 0
                             ? bytes.Text(20)
                             : commands_[bytes.Byte() % commands_.size()]);
  request.set_state(static_cast<v1::CommandState>(bytes.Below(9)));
  request.set_start_id(bytes.Number());
  request.set_output(bytes.Text(64));
  life_->ingest().ReportCommand(request, [](const CallEnd&, const v1::ReportCommandResponse&) {});
  life_->RunBriefly();
}

void SequenceWorld::ReportRevision(SequenceBytes& bytes) {
  v1::ReportRevisionRequest request;
  request.set_session_token(Token(bytes));
  request.set_effective_revision(bytes.Flag() ? SixteenOf(bytes.Below(3)) : bytes.Text(20));
  request.set_offer_id(bytes.Flag() ? SixteenOf(bytes.Below(3)) : bytes.Text(20));
  request.set_state(static_cast<v1::RevisionState>(bytes.Below(6)));
  request.set_reason(bytes.Text(64));
  life_->ingest().ReportRevision(request, [](const CallEnd&, const v1::ReportRevisionResponse&) {});
  v1::FetchRevisionRequest fetch;
  fetch.set_session_token(request.session_token());
  fetch.set_revision(revisions_.empty() ? bytes.Text(20)
                                        : revisions_[bytes.Byte() % revisions_.size()]);
  life_->ingest().FetchRevision(fetch, [](const CallEnd&, const v1::FetchRevisionResponse&) {});
  life_->RunBriefly();
}

void SequenceWorld::ReportLog(SequenceBytes& bytes) {
  v1::ReportLogRequest request;
  request.set_session_token(Token(bytes));
  request.set_follower(bytes.Number());
  request.add_lines()->set_text(bytes.Text(64));
  request.set_refusal(bytes.Text(4));
  life_->ingest().ReportLog(request, [](const CallEnd&, const v1::ReportLogResponse&) {});
  life_->RunBriefly();
}

// What operators do to a stranger; it may not be known yet.
void SequenceWorld::Operate(SequenceBytes& bytes) {
  const std::string device = Cat("stranger-", bytes.Below(2));
  switch (bytes.Below(3)) {
    case 0:
      life_->orders().Issue({.device_id = device, .kind = "ping"},
                            absl::Seconds(1 + static_cast<int64_t>(bytes.Byte())),
                            [this](const StatusOr<CommandRow>& row) {
                              if (row.ok()) commands_.push_back(row->command.id);
                            });
      break;
    case 1: {
      const std::string text = bytes.Text(64);
      life_->orders().Push({.device_ids = {device}, .text = text},
                           [this, text](const Status& done) {
                             if (done.ok()) revisions_.push_back(Sha256Prefix16(text));
                           });
      break;
    }
    default:
      life_->orders().SetLabels({.device_id = device, .set = {{"label", "value"}}},
                                [](const Status&) {});
  }
  life_->RunBriefly();
}

void SequenceWorld::Merge() {
  const int64_t later = absl::ToUnixNanos(clock_.Wall() + absl::Hours(1000));
  for (int i = 0; i < 8; ++i) {
    const auto steps =
        Require(life_->merge_source().NextGroup(later - 1, later), "find what to merge");
    if (steps.empty()) return;
    for (const Status& merged : Require(life_->store().Apply(steps), "merge")) {
      Require(merged, "merge");
    }
  }
}

// The well-behaved device's records are younger.
void SequenceWorld::Prune(SequenceBytes& bytes) {
  const Retention retention{.age = absl::Hours(24 + static_cast<int64_t>(bytes.Byte()))};
  Require(life_->store().Prune(retention, 1 + bytes.Below(8), absl::ToUnixNanos(clock_.Wall())),
          "retention");
}

void SequenceWorld::Pass(SequenceBytes& bytes) {
  scheduler_.RunFor(absl::Seconds(1 + static_cast<int64_t>(bytes.Below(100))));
}

void SequenceWorld::Call(SequenceBytes& bytes) {
  const uint64_t choice = bytes.Below(16);
  if (choice < 3) return OpenSession(bytes);
  if (choice < 7) return Upload(bytes);
  switch (choice) {
    case 7:
      return Listen(bytes);
    case 8:
      return ReportCommand(bytes);
    case 9:
      return ReportRevision(bytes);
    case 10:
      return ReportLog(bytes);
    case 11:
      return Operate(bytes);
    case 12:
      return Merge();
    case 13:
      return Prune(bytes);
    case 14:
      return bytes.Flag() ? Pass(bytes) : good_.Upload(*life_);
    default:
      Stop();
      Start();
      good_.OpenSession(*life_);
  }
}

void SequenceWorld::Run(std::string_view sequence) {
  SequenceBytes bytes(sequence);
  while (!bytes.empty()) {
    Call(bytes);
    CheckGoodDevice(*life_, good_);
  }
}

void SequenceWorld::CheckStore() {
  collector::CheckStore(*life_, good_);
}

}  // namespace godwit::collector
