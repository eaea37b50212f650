#include "collector/ingest/ingest.h"

#include <cstdint>
#include <map>
#include <utility>

#include "base/check.h"
#include "collector/ingest/admission.h"
#include "collector/ingest/command_session.h"
#include "collector/ingest/postponement.h"
#include "collector/ingest/upload_session.h"

namespace godwit::collector {
namespace {

// A call has no stream of a device to be charged to.
const std::string kCalls;

std::vector<Executor*> DecodersOf(const Ingest::Dependencies& dependencies) {
  return dependencies.decoders.empty() ? std::vector<Executor*>{&dependencies.executor}
                                       : dependencies.decoders;
}

}  // namespace

Ingest::Ingest(Writer& writer, std::string store_id, Statistics& statistics,
               Dependencies dependencies)
    : writer_(writer),
      store_id_(std::move(store_id)),
      statistics_(statistics),
      deps_(std::move(dependencies)),
      sessions_(deps_.random),
      use_(deps_.clock),
      received_(deps_.received_bytes, use_),
      pool_({deps_.clock, deps_.executor, DecodersOf(deps_)}, use_,
            [this] { return MaySubmit(); }) {}

Ingest::~Ingest() {
  GODWIT_CHECK(streams_.empty() && command_streams_.empty());
}

void Ingest::OpenSession(const v1::OpenSessionRequest& request, absl::Time heard,
                         SessionOpened done, CallerGone gone, const Caller& caller) {
  GODWIT_CHECK_RUNS_ON(deps_.executor);
  if (stopping_) return done(Stopping(), {});
  auto opening = AdmitSession(request);
  if (!opening.ok()) {
    statistics_.NoteRefusal("session refused");
    return done({opening.status(), std::nullopt}, {});
  }
  if (deps_.identity != nullptr) {
    const Status admitted = deps_.identity->Admit(caller, request.device_id());
    if (!admitted.ok()) return done({admitted, std::nullopt}, {});
  }
  opening->heard_unix_ns = absl::ToUnixNanos(heard);
  const std::string device_id = opening->device.device_id;
  auto opened = [this, device_id, done = std::move(done)](StatusOr<SessionAnswer> answer) {
    deps_.executor.Post([this, device_id, done, answer = std::move(answer)] {
      v1::OpenSessionResponse response;
      if (!answer.ok()) return done(NotTaken(answer.status()), response);
      if (const auto& postponed = answer->postponed) {
        statistics_.NoteRefusal(TraitsOf(postponed->bound).name);
        return done(EndOf(*postponed), response);
      }
      response.set_session_token(sessions_.Open(device_id));
      response.set_store_id(store_id_);
      response.set_collector_version(GODWIT_VERSION);
      response.set_stream_records_max(kStreamRecordsMax);
      response.set_messages_join(true);
      response.set_wall_time_unix_ns(absl::ToUnixNanos(deps_.clock.Wall()));
      for (const auto& [run_id, seqs] : answer->settled) {
        v1::SettledRun& run = *response.add_settled();
        run.set_run_id(run_id);
        for (const SeqRange& range : seqs.Ranges()) {
          v1::SeqRange& settled = *run.add_settled();
          settled.set_first(range.first);
          settled.set_last(range.last);
        }
      }
      for (const TableId& id : answer->unknown_tables) response.add_unknown_table_ids(id);
      done({absl::OkStatus(), std::nullopt}, response);
    });
  };
  writer_.OpenSession(*std::move(opening), std::move(opened), std::move(gone));
}

std::unique_ptr<UploadSink> Ingest::NewStream(UploadPeer& peer, Caller caller) {
  GODWIT_CHECK_RUNS_ON(deps_.executor);
  return std::make_unique<UploadStream>(
      std::make_shared<UploadSession>(*this, peer, std::move(caller)));
}

std::unique_ptr<CommandSink> Ingest::NewCommandStream(CommandPeer& peer,
                                                      const v1::ReceiveCommandsRequest& request,
                                                      Caller caller) {
  GODWIT_CHECK_RUNS_ON(deps_.executor);
  return std::make_unique<CommandSession>(*this, peer, request, std::move(caller));
}

// Ends a call; the clients return within kReturnWithin, each at its own moment.
CallEnd Ingest::Stopping() {
  return {Error(StatusCode::kUnavailable, "the collector is stopping"), kReturnWithin};
}

StatusOr<std::string> Ingest::DeviceOf(const std::string& token, const Caller& caller) const {
  auto device = sessions_.DeviceOf(token);
  if (!device) {
    return Error(StatusCode::kFailedPrecondition, "the session is not known; open a new one");
  }
  if (deps_.identity != nullptr) {
    GODWIT_RETURN_IF_ERROR(deps_.identity->Admit(caller, *device));
  }
  return *std::move(device);
}

// A device that found the store busy comes again at a moment of its own. What a broken store says
// is in the log, and not for devices.
CallEnd Ingest::NotTaken(const Status& why) {
  if (absl::IsUnavailable(why)) {
    const auto spread_ms =
        static_cast<uint64_t>((kBusyRetryMax - kBusyRetryMin) / absl::Milliseconds(1));
    return {why, kBusyRetryMin + absl::Milliseconds(deps_.random.Next() % spread_ms)};
  }
  if (absl::IsCancelled(why)) return {why, std::nullopt};
  if (absl::IsResourceExhausted(why)) {
    statistics_.NoteRefusal("too many devices");
    return {why, kTooManyDevicesRetry};
  }
  return {Error(StatusCode::kUnavailable, "the store cannot answer now; try again later"),
          std::nullopt};
}

bool Ingest::ForStreamsOf(const std::string& device_id,
                          const std::function<void(CommandSession&)>& action) const {
  const auto [begin, end] = streams_by_device_.equal_range(device_id);
  // A notification may end a stream: walk over a copy.
  std::vector<CommandSession*> streams;
  for (auto at = begin; at != end; ++at) streams.push_back(at->second);
  for (CommandSession* const stream : streams) {
    if (command_streams_.contains(stream)) action(*stream);
  }
  return !streams.empty();
}

bool Ingest::MaySubmit() const {
  return submitted_ < kSubmittedOperationsMax && submitted_bytes_ < kSubmittedBytesMax;
}

void Ingest::Submit(Delivery delivery, std::function<void(const StatusOr<Outcome>&)> done,
                    bool can_wait) {
  const size_t bytes = BytesOf(delivery);
  ++submitted_;
  submitted_bytes_ += bytes;
  received_.Charge(delivery.device_id, bytes);
  auto decided = [this, device = delivery.device_id, bytes,
                  done = std::move(done)](const StatusOr<Outcome>& outcome) {
    --submitted_;
    submitted_bytes_ -= bytes;
    received_.Release(device, bytes);
    done(outcome);
    pool_.StartWaiting();
  };
  writer_.Submit(
      std::move(delivery),
      [&executor = deps_.executor, decided = std::move(decided)](StatusOr<Outcome> outcome) {
        executor.Post([decided, outcome = std::move(outcome)] { decided(outcome); });
      },
      can_wait);
}

void Ingest::BoundWaitingTables() {
  while (received_.HoldsTooManyTables()) {
    std::map<std::string, size_t> by_device;
    for (const UploadSession* stream : streams_) {
      by_device[stream->device_id()] += stream->waiting_bytes();
    }
    UploadSession* most = nullptr;
    const auto rank = [&](const UploadSession& stream) {
      return std::pair(by_device[stream.device_id()], stream.waiting_bytes());
    };
    for (UploadSession* stream : streams_) {
      if (most == nullptr || rank(*most) < rank(*stream)) most = stream;
    }
    if (most == nullptr || most->waiting_bytes() == 0) return;
    most->EndBusy(
        "tables without a record",
        "the collector holds too many tables that wait for their record; try again later");
  }
}

std::optional<CallEnd> Ingest::EnterCall(size_t bytes) {
  GODWIT_CHECK_RUNS_ON(deps_.executor);
  if (stopping_) return Stopping();
  if (!received_.HasRoomFor(bytes)) {
    statistics_.NoteRefusal("received full");
    return NotTaken(Error(StatusCode::kUnavailable,
                          "the collector has too many undecided messages; try again later"));
  }
  received_.Charge(kCalls, bytes + kMessageOverheadBytes);
  return std::nullopt;
}

void Ingest::LeaveCall(size_t bytes) {
  GODWIT_CHECK_RUNS_ON(deps_.executor);
  received_.Release(kCalls, bytes + kMessageOverheadBytes);
}

void Ingest::EndCommandStreams() {
  if (!stopping_ || !streams_.empty()) return;
  const auto streams = command_streams_;
  for (CommandSession* stream : streams) {
    if (command_streams_.contains(stream)) stream->Finish(Stopping());
  }
}

void Ingest::NoteStreamGone() {
  if (!stopping_ || !streams_.empty() || !command_streams_.empty()) return;
  if (const auto ended = std::exchange(ended_, nullptr)) ended();
}

void Ingest::Stop(std::function<void()> ended) {
  GODWIT_CHECK_RUNS_ON(deps_.executor);
  stopping_ = true;
  ended_ = std::move(ended);
  // Ending a stream may destroy it: walk over a copy.
  const auto streams = streams_;
  for (UploadSession* stream : streams) {
    if (streams_.contains(stream)) stream->EndEarly();
  }
  log_feed_.End(Stopping().status);
  // A device whose command stream ends drops its uploads: those get their verdicts first.
  EndCommandStreams();
  NoteStreamGone();
}

}  // namespace godwit::collector
