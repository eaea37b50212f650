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

v1::RevisionState ToProto(OfferState state) {
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
                           ConfigurationFile* file, Status file_error, Dependencies dependencies)
    : options_(std::move(options)),
      state_(std::move(state)),
      file_(file),
      file_error_(std::move(file_error)),
      deps_(dependencies) {}

Configurator::~Configurator() {
  alive_.End();
}

template <typename... Arguments>
std::function<void(Arguments...)> Configurator::InTurn(void (Configurator::*task)(Arguments...)) {
  return [this, alive = alive_.Refer(), turn = turn_, task](Arguments... arguments) {
    if (!alive || turn != turn_ || !candidate_) return;
    (this->*task)(std::forward<Arguments>(arguments)...);
  };
}

void Configurator::SessionOpened(const OpenedSession& session) {
  GODWIT_CHECK_RUNS_ON(deps_.loop);
  session_.emplace(session);
  Report();
  deps_.trials.SessionOpened(session);
  if (candidate_ && candidate_->step == Candidate::Step::kFetching) Fetch();
}

void Configurator::SessionLost() {
  session_.reset();
  reporting_.reset();
  report_again_.reset();
  deps_.trials.SessionLost();
  if (candidate_) candidate_->fetching.reset();
}

void Configurator::OnOffer(const v1::RevisionOffer& offer) {
  GODWIT_CHECK_RUNS_ON(deps_.loop);
  const size_t revision_size = offer.revision().size();
  if (offer.offer_id().size() != kIdSize || (revision_size != 0 && revision_size != kIdSize)) {
    return LogWarning("configuration: ignored an offer whose ids are not 16 bytes long");
  }
  if (!candidate_) return Consider(offer);
  if (candidate_->offer.offer_id() == offer.offer_id()) return;
  next_ = offer;
  // One that is still being fetched has begun nothing.
  if (candidate_->step == Candidate::Step::kFetching) Leave();
}

void Configurator::Consider(const v1::RevisionOffer& offer) {
  refused_.reset();
  if (HasEnded(state_, offer.offer_id())) return;
  candidate_ = std::make_unique<Candidate>();
  candidate_->offer = offer;
  ++turn_;
  if (!options_.enabled) {
    return Refuse("remote.config.enabled in the device's own settings is false");
  }
  if (file_ == nullptr) return Refuse(Message(file_error_));
  if (offer.revision() != state_.confirmed.id) return Fetch();
  if (!offer.revision().empty()) state_.confirmed.offer = offer.offer_id();
  End(state_,
      {offer.offer_id(), offer.revision().empty() ? OfferState::kUnset : OfferState::kApplied,
       "the device already ran with that configuration"});
  SaveNow();
  Leave();
}

void Configurator::Fetch() {
  candidate_->fetch_again.reset();
  if (candidate_->offer.revision().empty())
    return WriteDown({.offer = candidate_->offer.offer_id()});
  if (!session_) return;  // the next one
  v1::FetchRevisionRequest request;
  request.set_session_token(session_->token);
  request.set_revision(candidate_->offer.revision());
  candidate_->fetching =
      session_->transport.FetchRevision(request, kFetchDeadline, InTurn(&Configurator::OnFetched));
}

void Configurator::OnFetched(const CallResult& result, const v1::FetchRevisionResponse& response) {
  const RevisionId id = candidate_->offer.revision();
  // Another offer stands in its place by now.
  if (absl::IsNotFound(result.status)) return Leave();
  if (!result.status.ok()) {
    candidate_->fetch_again = deps_.loop.PostAfter(kProveAgain, InTurn(&Configurator::Fetch));
    return;
  }
  if (response.text().size() > kRevisionBytesMax) {
    return Refuse(Cat("the text is longer than ", kRevisionBytesMax, " bytes"));
  }
  if (Sha256Prefix16(response.text()) != id) {
    return Refuse("the text received does not match its hash");
  }
  WriteDown({.offer = candidate_->offer.offer_id(), .id = id, .text = response.text()});
}

// The offer is written down as being tried before anything of it is read: whatever kills the agent
// while it reads the text is the end of this offer at the next start, and not of each start.
void Configurator::WriteDown(Revision revision) {
  const ByteCount own_bytes = BytesOf(options_.own_files);
  if (own_bytes > kKeptFilesBytesMax || options_.own_files.size() > kKeptFilesMax) {
    return Refuse(Cat("the device's own settings files are ", options_.own_files.size(), " with ",
                      SizeText(own_bytes), "; only ", kKeptFilesMax, " with ",
                      SizeText(kKeptFilesBytesMax), " can be kept beside a trial"));
  }
  candidate_->step = Candidate::Step::kWriting;
  candidate_->revision = std::move(revision);
  state_.kept = options_.own_files;
  state_.trial = {candidate_->revision, options_.boot_id};
  state_.last = {candidate_->revision.offer, OfferState::kApplying, "on trial"};
  // Each trial that a power cut ends is counted by the start behind it.
  Save(state_, InTurn(&Configurator::BeginTrial));
}

void Configurator::BeginTrial(Status saved) {
  if (!saved.ok()) return Fail(Cat("the trial cannot be saved: ", Message(saved)));
  // Only now: an agent that is killed before this line is offered the revision once more, and one
  // that is killed after it has crashed on it.
  LogInfo(Cat("configuration: ", NameOf(candidate_->revision.id), " is on trial"));
  candidate_->step = Candidate::Step::kOnTrial;
  const Status started = deps_.trials.Begin(candidate_->revision, options_.confirm,
                                            InTurn<const TrialVerdict&>(&Configurator::OnVerdict));
  if (!started.ok()) return Fail(Message(started));
  Report();
}

void Configurator::OnVerdict(const TrialVerdict& verdict) {
  switch (verdict.kind) {
    case TrialVerdict::Kind::kProved:
      return Confirm(verdict.store_id);
    case TrialVerdict::Kind::kFailed:
      return Fail(verdict.reason);
    case TrialVerdict::Kind::kInconclusive:
      break;
  }
  const OfferId offer = candidate_->offer.offer_id();
  GoBack();
  EndInconclusive(state_, offer, verdict.reason);
  LogWarning(Cat("configuration: ", state_.last.reason));
  SaveNow();
  Leave();
}

void Configurator::Confirm(const std::string& store_id) {
  candidate_->step = Candidate::Step::kConfirming;
  ConfigurationState confirmed = state_;
  const Revision& revision = candidate_->revision;
  confirmed.previous = revision.id.empty() ? Revision() : state_.confirmed;
  confirmed.confirmed = revision.id.empty() ? Revision() : revision;
  confirmed.files_hash = options_.files_hash;
  confirmed.store_id = store_id;
  confirmed.trial.reset();
  confirmed.tried.clear();
  confirmed.tries = 0;
  confirmed.short_starts = 0;
  End(confirmed, {revision.offer, revision.id.empty() ? OfferState::kUnset : OfferState::kApplied,
                  "proved: the collector committed a batch sampled under it"});
  candidate_->confirmed = confirmed;
  Save(confirmed, InTurn(&Configurator::OnConfirmed));
}

void Configurator::OnConfirmed(Status saved) {
  if (!saved.ok()) return Fail(Cat("the configuration cannot be saved: ", Message(saved)));
  state_ = std::move(candidate_->confirmed);
  LogInfo(Cat("configuration: ", NameOf(state_.confirmed.id), " is confirmed"));
  // What is proved is at work before anything else is heard of.
  deps_.trials.End(TrialEnd::kHolds);
  Leave();
}

void Configurator::GoBack() {
  deps_.trials.End(TrialEnd::kGoesBack);
  state_.trial.reset();
}

void Configurator::Fail(const std::string& reason) {
  LogWarning(Cat("configuration: ", NameOf(candidate_->revision.id), " failed: ", reason));
  GoBack();
  End(state_, {candidate_->offer.offer_id(), OfferState::kFailed, reason});
  SaveNow();
  Leave();
}

// Not written down: it begins nothing, and would be refused again.
void Configurator::Refuse(const std::string& reason) {
  LogWarning(Cat("configuration: refused: ", reason));
  refused_ = {candidate_->offer.offer_id(), OfferState::kFailed, reason};
  Leave();
}

void Configurator::Leave() {
  candidate_.reset();
  ++turn_;
  Report();
  if (next_) Consider(*std::exchange(next_, std::nullopt));
}

void Configurator::AbandonTrial(const std::string& reason) {
  if (candidate_ && state_.trial) Fail(reason);
}

void Configurator::OwnFilesChanged() {
  // Another trial may have begun already.
  state_.kept = state_.trial ? options_.own_files : std::vector<OwnFile>();
  if (state_.confirmed.id.empty()) return SaveNow();
  End(state_, {state_.confirmed.offer, OfferState::kUnset,
               "the device's own files have changed; they are in force alone until the next push"});
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
  const bool confirming = candidate_ && candidate_->step == Candidate::Step::kConfirming;
  if (candidate_ && !confirming) state_.trial.reset();
  if (!confirming) SaveNow();
  candidate_.reset();
  ++turn_;
}

void Configurator::Save(const ConfigurationState& state, std::function<void(Status)> done) {
  if (file_ == nullptr) return done(file_error_);
  deps_.storage.Post([file = file_, &loop = deps_.loop, state, done = std::move(done)] {
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
  request.set_state(ToProto(outcome.state));
  request.set_reason(outcome.reason);
  reporting_ = session_->transport.ReportRevision(
      request, kReportDeadline, [this](const CallResult& result, const auto&) {
        const auto call = std::move(reporting_);
        if (result.status.ok() || absl::IsInvalidArgument(result.status)) return;
        if (absl::IsUnimplemented(result.status)) return;
        report_again_ = deps_.loop.PostAfter(kReportAgain, [this] { Report(); });
      });
}

}  // namespace godwit::agent
