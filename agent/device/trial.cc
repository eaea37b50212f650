#include "agent/device/trial.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/control/limits.h"
#include "agent/device/part_options.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// Of records that no collector has; as if all were of one size.
ByteCount WaitingBytes(const SpoolStats& stats) {
  return stats.records == 0 ? 0 : stats.bytes * stats.unsettled_records / stats.records;
}

absl::Duration ShortestInterval(const AgentSettings& settings) {
  absl::Duration shortest = absl::InfiniteDuration();
  for (const SensorSettings& sensor : settings.sensors) {
    if (sensor.enabled) shortest = std::min(shortest, sensor.interval);
  }
  return shortest;
}

std::vector<std::string> NamesOf(const std::vector<SensorSettings>& sensors) {
  std::vector<std::string> names;
  for (const SensorSettings& sensor : sensors) names.push_back(NameOf(sensor));
  return names;
}

}  // namespace

Status Trial::CheckSettings(const AgentSettings& wanted) const {
  if (ShortestInterval(wanted) == absl::InfiniteDuration()) {
    return Error(StatusCode::kInvalidArgument, "it has no sensor, so nothing would be sampled");
  }
  if (wanted.upload_endpoint.empty()) {
    return Error(StatusCode::kInvalidArgument,
                 "it has no upload.endpoint, so nothing would be sent");
  }
  const ByteCount waiting = WaitingBytes(deps_.spool_stats);
  if (wanted.spool_max_bytes >= waiting) return absl::OkStatus();
  return Error(StatusCode::kFailedPrecondition,
               Cat("spool.max_bytes: the spool holds ", SizeText(waiting),
                   " that no collector has stored; a limit of ", SizeText(wanted.spool_max_bytes),
                   " would drop some of it"));
}

Status Trial::Begin(const Revision& revision, absl::Duration confirm, Ended ended) {
  const AgentSettings& before = deps_.applied.settings();
  GODWIT_ASSIGN_OR_RETURN(AgentSettings wanted, deps_.loader.LoadOffered(before.sources, revision));
  GODWIT_RETURN_IF_ERROR(CheckSettings(wanted));
  GODWIT_ASSIGN_OR_RETURN(Identity identity, deps_.loader.FindIdentity(before));
  GODWIT_ASSIGN_OR_RETURN(auto prepared, deps_.applied.Prepare(std::move(wanted)));
  run_ = std::make_unique<Run>();
  run_->ended = std::move(ended);
  run_->settings_before = before;
  run_->identity_before = std::move(identity);
  run_->channel = prepared.channel;
  run_->new_connection = prepared.new_connection;
  run_->new_spool_bounds = prepared.change.spool;
  run_->had_session = session_.has_value();
  run_->time = confirm + 2 * ShortestInterval(prepared.settings);
  Start(revision, std::move(prepared));
  run_->deadline = deps_.loop.PostAfter(run_->time, [this] { OnDeadline(); });
  run_->watch =
      deps_.loop.PostAfter(confirm / kWatchShare, [this] { run_->step = Step::kProving; });
  Check();
  return absl::OkStatus();
}

void Trial::Start(const Revision& revision, AppliedSettings::Prepared prepared) {
  run_->health = std::make_unique<TrialHealth>(
      run_->settings_before, NamesOf(prepared.change.come),
      TrialHealth::Dependencies{deps_.clock, deps_.sampler, deps_.sensors, deps_.memory,
                                deps_.spool_stats});
  run_->proof = std::make_unique<TrialProof>(
      TrialProof::Subject{
          .revision = revision.id,
          .channel = run_->new_connection ? std::optional(run_->channel) : std::nullopt,
          .identity = prepared.identity},
      TrialProof::Dependencies{deps_.clock, deps_.loop, deps_.storage, deps_.spool, deps_.sampler,
                               deps_.transports, session_},
      [this](const Status& status, const std::string& store_id) { OnProved(status, store_id); });
  deps_.applied.ApplySensors(std::move(prepared));
  run_->health->Start();
}

void Trial::Check() {
  run_->check = deps_.loop.PostAfter(kTrialCheckInterval, [this] { Check(); });
  const Status health = run_->health->Check();
  if (absl::IsUnavailable(health)) {
    run_->health_missing = Message(health);
    return;
  }
  if (!health.ok()) {
    return Judge({.kind = TrialVerdict::Kind::kFailed, .reason = Message(health)});
  }
  run_->health_missing.clear();
  if (run_->step == Step::kProving) run_->proof->Advance();
}

void Trial::OnProved(const Status& status, const std::string& store_id) {
  if (!status.ok()) {
    return Judge({.kind = TrialVerdict::Kind::kFailed, .reason = Message(status)});
  }
  Judge({.kind = TrialVerdict::Kind::kProved, .store_id = store_id});
}

void Trial::OnDeadline() {
  const std::string within = DurationText(run_->time);
  if (!run_->had_session) {
    // It may be good or bad: there was nobody to prove it to.
    return Judge({.kind = TrialVerdict::Kind::kInconclusive,
                  .reason = Cat("no session with the collector within ", within)});
  }
  const std::string& missing =
      run_->health_missing.empty() ? run_->proof->missing() : run_->health_missing;
  Judge({.kind = TrialVerdict::Kind::kFailed,
         .reason = Cat("not proved within ", within, ": ", missing)});
}

// The trial may be over when `ended` returns.
void Trial::Judge(const TrialVerdict& verdict) {
  run_->step = Step::kJudged;
  run_->deadline.reset();
  run_->watch.reset();
  run_->check.reset();
  const Ended ended = run_->ended;
  ended(verdict);
}

void Trial::SessionOpened(const OpenedSession& session) {
  session_.emplace(session);
  if (run_ == nullptr || run_->step == Step::kJudged) return;
  run_->had_session = true;
  run_->proof->SessionOpened();
}

void Trial::SessionLost() {
  session_.reset();
  if (run_ != nullptr) run_->proof->SessionLost();
}

void Trial::End(TrialEnd end) {
  const auto run = std::exchange(run_, nullptr);
  if (run == nullptr) return;
  run->proof.reset();
  if (end == TrialEnd::kHolds) {
    deps_.applied.SetChannel(std::move(run->channel));
    if (run->new_spool_bounds) deps_.applied.ApplySpoolBounds();
    if (run->new_connection) deps_.host.Reconnect();
  } else {
    GoBack(std::move(run->settings_before), std::move(run->identity_before));
  }
  deps_.memory.ReturnFree();  // what was tried may have taken much
  deps_.host.TrialEnded(end);
}

// The connection and the spool's bounds were never changed. The device's own files are not read:
// they may be broken by now.
void Trial::GoBack(AgentSettings settings, Identity identity) {
  auto prepared = deps_.applied.PrepareReturn(std::move(settings), std::move(identity));
  if (!prepared.ok()) {
    LogError(Cat("configuration: the rollback needs a restart: ", Message(prepared.status())));
    return deps_.host.RestartLater();
  }
  deps_.applied.ApplySensors(*std::move(prepared));
}

}  // namespace godwit::agent
