#include "agent/control/configurator.h"

#include <utility>
#include <vector>

#include "agent/control/limits.h"
#include "base/check.h"
#include "base/checksum.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {
namespace {

constexpr size_t kIdSize = 16;

v1::RevisionState Told(OfferState state) {
  switch (state) {
    case OfferState::kUnset:
      return v1::REVISION_STATE_UNSET;
    case OfferState::kApplying:
      return v1::REVISION_STATE_APPLYING;
    case OfferState::kApplied:
      return v1::REVISION_STATE_APPLIED;
    case OfferState::kFailed:
      return v1::REVISION_STATE_FAILED;
  }
  return v1::REVISION_STATE_UNSPECIFIED;
}

std::string NameOf(const RevisionId& id) {
  return id.empty() ? "the device's own files" : Cat("revision ", Hex(id).substr(0, 8));
}

ByteCount BytesOf(const std::vector<OwnFile>& files) {
  ByteCount bytes = 0;
  for (const OwnFile& file : files) bytes += file.name.size() + file.text.size();
  return bytes;
}

}  // namespace

Configurator::Configurator(ConfigureOptions options, ConfigurationState state,
                           ConfigurationFile* file, Status file_error, World world)
    : options_(std::move(options)),
      state_(std::move(state)),
      file_(file),
      file_error_(std::move(file_error)),
      world_(world) {}

Configurator::~Configurator() {
  alive_.End();
}

template <typename... Arguments>
std::function<void(Arguments...)> Configurator::InTrial(void (Configurator::*task)(Arguments...)) {
  return [this, alive = alive_.Refer(), turn = turn_, task](Arguments... arguments) {
    if (!alive || turn != turn_ || !trial_) return;
    (this->*task)(std::forward<Arguments>(arguments)...);
  };
}

void Configurator::SessionOpened(const OpenedSession& session) {
  GODWIT_CHECK_RUNS_ON(world_.loop);
  session_.emplace(session);
  Report();
  if (!trial_) return;
  trial_->had_session = true;
  if (!state_.trial) return Fetch();
  if (trial_->proof == nullptr) Prove();
}

void Configurator::SessionLost() {
  session_.reset();
  reporting_.reset();
  report_again_.reset();
  if (!trial_) return;
  trial_->fetching.reset();
  if (!trial_->plan.connection) trial_->proof.reset();
}

void Configurator::OnOffer(const v1::RevisionOffer& offer) {
  GODWIT_CHECK_RUNS_ON(world_.loop);
  const size_t revision_size = offer.revision().size();
  if (offer.offer_id().size() != kIdSize || (revision_size != 0 && revision_size != kIdSize)) {
    return LogWarning("configuration: an offer whose ids are not of 16 bytes is passed over");
  }
  if (!trial_) return Consider(offer);
  if (trial_->offer.offer_id() == offer.offer_id()) return;
  next_ = offer;
  // One that is still being fetched has begun nothing.
  if (!state_.trial) LeaveTrial();
}

void Configurator::Consider(const v1::RevisionOffer& offer) {
  refused_.reset();
  if (HasEnded(state_, offer.offer_id())) return;
  trial_ = std::make_unique<Trial>();
  trial_->offer = offer;
  ++turn_;
  if (!options_.enabled) {
    return Refuse("remote.config.enabled in the device's own settings is false");
  }
  if (file_ == nullptr) return Refuse(Message(file_error_));
  if (offer.revision() != state_.confirmed.id) return Fetch();
  if (!offer.revision().empty()) state_.confirmed.offer = offer.offer_id();
  End(state_,
      {offer.offer_id(), offer.revision().empty() ? OfferState::kUnset : OfferState::kApplied,
       "the device ran with that already"});
  SaveNow();
  LeaveTrial();
}

void Configurator::Fetch() {
  trial_->prove_again.reset();
  if (trial_->offer.revision().empty()) return Begin({.offer = trial_->offer.offer_id()});
  if (!session_) return;  // the next one
  v1::FetchRevisionRequest request;
  request.set_session_token(session_->token);
  request.set_revision(trial_->offer.revision());
  trial_->fetching =
      session_->transport.FetchRevision(request, kFetchDeadline, InTrial(&Configurator::OnFetched));
}

void Configurator::OnFetched(const CallResult& result, const v1::FetchRevisionResponse& response) {
  const RevisionId id = trial_->offer.revision();
  // Another offer stands in its place by now.
  if (absl::IsNotFound(result.status)) return LeaveTrial();
  if (!result.status.ok()) {
    trial_->prove_again = world_.loop.PostAfter(kProveAgain, InTrial(&Configurator::Fetch));
    return;
  }
  if (response.text().size() > kRevisionBytesMax) {
    return Refuse(Cat("the text is longer than ", kRevisionBytesMax, " bytes"));
  }
  if (Sha256Prefix16(response.text()) != id) return Refuse("the text that came has another hash");
  Begin({.offer = trial_->offer.offer_id(), .id = id, .text = response.text()});
}

// The offer is written down as being tried before anything of it is read: whatever kills the agent
// while it reads the text is the end of this offer at the next start, and not of each start.
void Configurator::Begin(Revision revision) {
  const ByteCount own_bytes = BytesOf(options_.own_files);
  if (own_bytes > kKeptFilesBytesMax || options_.own_files.size() > kKeptFilesMax) {
    return Refuse(Cat("the device's own settings files are ", options_.own_files.size(), " with ",
                      SizeText(own_bytes), "; only ", kKeptFilesMax, " with ",
                      SizeText(kKeptFilesBytesMax), " can be kept beside a trial"));
  }
  trial_->revision = std::move(revision);
  state_.kept = options_.own_files;
  state_.trial = {trial_->revision, options_.boot_id};
  state_.last = {trial_->revision.offer, OfferState::kApplying, "on trial"};
  // Each trial that a power cut ends is counted by the start behind it.
  Save(state_, InTrial(&Configurator::BeginTrial));
}

void Configurator::BeginTrial(Status saved) {
  if (!saved.ok()) return Fail(Cat("the trial cannot be written down: ", Message(saved)));
  // Only now: an agent that is killed before this line is offered the revision once more, and one
  // that is killed after it has crashed on it.
  LogInfo(Cat("configuration: ", NameOf(trial_->revision.id), " is on trial"));
  const auto plan = world_.device.Check(trial_->revision);
  if (!plan.ok()) return Fail(Message(plan.status()));
  trial_->plan = *plan;
  if (const Status status = world_.device.Try(trial_->revision); !status.ok()) {
    return Fail(Message(status));
  }
  trial_->running = true;
  trial_->had_session = session_.has_value();
  Report();
  trial_->deadline = world_.loop.PostAfter(options_.confirm + 2 * trial_->plan.shortest_interval,
                                           InTrial(&Configurator::OnDeadline));
  trial_->watch =
      world_.loop.PostAfter(options_.confirm / kWatchShare, InTrial(&Configurator::NoteWatched));
  Look();
}

void Configurator::NoteWatched() {
  trial_->watched = true;
}

void Configurator::Look() {
  trial_->look = world_.loop.PostAfter(kTrialLook, InTrial(&Configurator::Look));
  const Status health = world_.device.Health();
  if (absl::IsUnavailable(health)) {
    trial_->missing = Message(health);
    return;
  }
  if (!health.ok()) return Fail(Message(health));
  if (!trial_->watched || trial_->record) return;
  if (std::exchange(trial_->sealing, true)) return;
  world_.device.Seal(InTrial(&Configurator::OnSealed));
}

void Configurator::OnSealed(std::optional<RecordName> name) {
  trial_->sealing = false;
  trial_->record = name;
  if (name) return Prove();
  trial_->missing = "nothing was sampled";
}

void Configurator::Prove() {
  trial_->prove_again.reset();
  if (!trial_->record) return;
  if (!trial_->plan.connection && !session_) {
    trial_->missing = "no session with the collector";
    return;
  }
  world_.device.Read(*trial_->record, InTrial(&Configurator::SendProof));
}

void Configurator::SendProof(std::optional<NextRecord> record) {
  if (!record) {
    // Settled and trimmed, or dropped: another will do.
    trial_->record.reset();
    return;
  }
  const Proof::Done proved = InTrial(&Configurator::OnProved);
  if (!trial_->plan.connection) {
    if (!session_) return;
    trial_->proof =
        std::make_unique<Proof>(session_->transport, world_.loop, *std::move(record), proved);
    return trial_->proof->Send(session_->token);
  }
  trial_->missing = "no answer over the new connection";
  trial_->proof.reset();
  trial_->transport = world_.device.NewTransport();
  trial_->proof =
      std::make_unique<Proof>(*trial_->transport, world_.loop, *std::move(record), proved);
  world_.device.MakeOpenRequest(
      [this, alive = alive_.Refer(), turn = turn_](const v1::OpenSessionRequest& request) {
        if (!alive || turn != turn_ || !trial_ || trial_->proof == nullptr) return;
        trial_->proof->Open(request, trial_->revision.id);
      });
}

void Configurator::OnProved(const Status& status, const std::string& store_id) {
  // It is still in the middle of saying so.
  const auto proof = std::move(trial_->proof);
  if (status.ok()) return Confirm(ProvingStore(store_id));
  if (absl::IsAborted(status)) return Fail(Message(status));
  trial_->missing = Message(status);
  trial_->prove_again = world_.loop.PostAfter(kProveAgain, InTrial(&Configurator::ProveAgain));
}

// The store that has the batch. A collector need not name its store: empty then.
std::string Configurator::ProvingStore(const std::string& of_own_session) const {
  return trial_->plan.connection || !session_ ? of_own_session : session_->store_id;
}

void Configurator::ProveAgain() {
  if (trial_->proof == nullptr) Prove();
}

void Configurator::OnDeadline() {
  const std::string within = DurationText(options_.confirm + 2 * trial_->plan.shortest_interval);
  if (trial_->had_session) {
    return Fail(Cat("not proved within ", within, ": ", trial_->missing));
  }
  // It may be good or bad: there was nobody to prove it to.
  const OfferId offer = trial_->offer.offer_id();
  GoBack();
  EndInconclusive(state_, offer, Cat("no session with the collector within ", within));
  LogWarning(Cat("configuration: ", state_.last.reason));
  SaveNow();
  LeaveTrial();
}

void Configurator::Confirm(const std::string& store_id) {
  trial_->deadline.reset();
  trial_->look.reset();
  ConfigurationState confirmed = state_;
  const Revision& revision = trial_->revision;
  confirmed.previous = revision.id.empty() ? Revision() : state_.confirmed;
  confirmed.confirmed = revision.id.empty() ? Revision() : revision;
  confirmed.files_hash = options_.files_hash;
  confirmed.store_id = store_id;
  confirmed.trial.reset();
  confirmed.tried.clear();
  confirmed.tries = 0;
  confirmed.short_starts = 0;
  End(confirmed, {revision.offer, revision.id.empty() ? OfferState::kUnset : OfferState::kApplied,
                  "proved: a batch sampled under it is committed"});
  trial_->confirmed = confirmed;
  Save(confirmed, InTrial(&Configurator::OnConfirmed));
}

void Configurator::OnConfirmed(Status saved) {
  if (!saved.ok()) return Fail(Cat("it cannot be written down: ", Message(saved)));
  state_ = *std::move(trial_->confirmed);
  LogInfo(Cat("configuration: ", NameOf(state_.confirmed.id), " holds"));
  // What is proved is at work before anything else is heard of.
  trial_->proof.reset();
  trial_->transport.reset();
  world_.device.EndTrial(TrialEnd::kHolds);
  LeaveTrial();
}

void Configurator::GoBack() {
  trial_->proof.reset();
  trial_->transport.reset();
  if (trial_->running) world_.device.EndTrial(TrialEnd::kGoesBack);
  state_.trial.reset();
}

void Configurator::Fail(const std::string& reason) {
  LogWarning(Cat("configuration: ", NameOf(trial_->revision.id), " failed: ", reason));
  GoBack();
  End(state_, {trial_->offer.offer_id(), OfferState::kFailed, reason});
  SaveNow();
  LeaveTrial();
}

// Not written down: it begins nothing, and would be refused again.
void Configurator::Refuse(const std::string& reason) {
  LogWarning(Cat("configuration: refused: ", reason));
  refused_ = {trial_->offer.offer_id(), OfferState::kFailed, reason};
  LeaveTrial();
}

void Configurator::LeaveTrial() {
  trial_.reset();
  ++turn_;
  Report();
  if (next_) Consider(*std::exchange(next_, std::nullopt));
}

void Configurator::AbandonTrial(const std::string& reason) {
  if (trial_ && state_.trial) Fail(reason);
}

void Configurator::OwnFilesChanged() {
  // Another trial may have begun already.
  state_.kept = state_.trial ? options_.own_files : std::vector<OwnFile>();
  if (state_.confirmed.id.empty()) return SaveNow();
  End(state_, {state_.confirmed.offer, OfferState::kUnset,
               "the device's own files have changed: they rule alone, until another configuration "
               "is pushed"});
  state_.confirmed = {};
  state_.previous = {};
  SaveNow();
  Report();
}

void Configurator::NoteSound() {
  if (state_.short_starts == 0) return;
  state_.short_starts = 0;
  SaveNow();
}

void Configurator::Stop() {
  next_.reset();
  state_.short_starts = 0;
  if (trial_ && !trial_->confirmed) state_.trial.reset();
  if (!trial_ || !trial_->confirmed) SaveNow();
  trial_.reset();
  ++turn_;
}

void Configurator::Save(const ConfigurationState& state, std::function<void(Status)> done) {
  if (file_ == nullptr) return done(file_error_);
  world_.storage.Post([file = file_, &loop = world_.loop, state, done = std::move(done)] {
    loop.Post([done, status = file->Save(state)] { done(status); });
  });
}

// What cannot be written down holds as long as the agent runs.
void Configurator::SaveNow() {
  Save(state_, [](const Status& status) {
    if (!status.ok()) LogWarning(Cat("configuration state: ", Message(status)));
  });
}

void Configurator::Report() {
  report_again_.reset();
  const OfferOutcome& outcome = refused_ ? *refused_ : state_.last;
  if (!session_ || outcome.offer.empty()) return;
  v1::ReportRevisionRequest request;
  request.set_session_token(session_->token);
  request.set_effective_revision(state_.confirmed.id);
  request.set_offer_id(outcome.offer);
  request.set_state(Told(outcome.state));
  request.set_reason(outcome.reason);
  reporting_ = session_->transport.ReportRevision(
      request, kReportDeadline, [this](const CallResult& result, const auto&) {
        const auto call = std::move(reporting_);
        if (result.status.ok() || absl::IsInvalidArgument(result.status)) return;
        if (absl::IsUnimplemented(result.status)) return;
        report_again_ = world_.loop.PostAfter(kReportAgain, [this] { Report(); });
      });
}

}  // namespace godwit::agent
