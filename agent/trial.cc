// The running agent as a configuration is tried on it, and its way home.
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/agent_parts.h"
#include "agent/assembly.h"
#include "agent/control/limits.h"
#include "agent/run_plan.h"
#include "agent/uplink/open_request.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/linux/host.h"

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

}  // namespace

StatusOr<TrialPlan> Agent::Parts::Check(const Revision& revision) {
  GODWIT_ASSIGN_OR_RETURN(const AgentSettings wanted, LoadOffered(settings.sources, revision));
  const SettingsChange change = Compare(settings, wanted);
  if (!change.needs_restart.empty()) {
    return Error(StatusCode::kFailedPrecondition,
                 Cat(change.needs_restart.front(), " changes with a restart only"));
  }
  const TrialPlan plan{.shortest_interval = ShortestInterval(wanted)};
  if (plan.shortest_interval == absl::InfiniteDuration()) {
    return Error(StatusCode::kInvalidArgument, "no sensor is left: nothing would ever be sampled");
  }
  if (wanted.upload_endpoint.empty()) {
    return Error(StatusCode::kInvalidArgument,
                 "no upload.endpoint is left: nobody would hear of it");
  }
  GODWIT_ASSIGN_OR_RETURN(const RunPlan run, PlanRun(wanted));
  const ByteCount waiting = WaitingBytes(spool_stats);
  if (wanted.spool_max_bytes < waiting) {
    return Error(StatusCode::kFailedPrecondition,
                 Cat("spool.max_bytes: the spool holds ", SizeText(waiting),
                     " that no collector has; a bound of ", SizeText(wanted.spool_max_bytes),
                     " would drop some of it"));
  }
  TrialPlan checked = plan;
  checked.connection = change.uplink || !(run.channel == channel);
  return checked;
}

Status Agent::Parts::Try(const Revision& revision) {
  GODWIT_ASSIGN_OR_RETURN(AgentSettings wanted, LoadOffered(settings.sources, revision));
  GODWIT_ASSIGN_OR_RETURN(Identity identity, MakeIdentity(settings));
  GODWIT_ASSIGN_OR_RETURN(Prepared prepared, Prepare(std::move(wanted)));
  tried = std::make_shared<Tried>();
  tried->settings_before = settings;
  tried->identity_before = std::move(identity);
  tried->uplink = prepared.new_uplink;
  tried->channel = prepared.channel;
  tried->spool = prepared.change.spool;
  for (const SensorSettings& sensor : prepared.change.come) {
    tried->come.push_back(Cat(sensor.type, "/", sensor.name));
  }
  const ByteCount spool_share = settings.spool_max_bytes / kTrialSpoolShare;
  tried->watch.emplace(TrialBounds{.appended_bytes = std::max(kTrialBytesMin, spool_share),
                                   .resident_bytes = settings.remote_max_memory},
                       tried->come, Signs(), kTrialLook);
  // Whatever is appended after this was sampled under the trial.
  sampler->SealNow();
  storage->Post([this, state = tried] { state->before = spool->NewestName(); });
  TakeSensors(std::move(prepared));
  for (const std::string& name : tried->come) {
    if (!IsEmptiedByReading(name)) LookAtTried(name);
  }
  return absl::OkStatus();
}

void Agent::Parts::LookAtTried(const std::string& name) {
  const auto looked = [state = tried, name](const Sampler::Look& look) {
    state->looks[name] = look.status;
  };
  const Status begun = sampler->LookAt(name, looked);
  if (!begun.ok()) LogDebug(Message(begun));
}

TrialSigns Agent::Parts::Signs() {
  return {.boot = clock.Boot(),
          .sensors = MakeSensorReports(sampler->Health()),
          .appended_bytes = spool_stats.appended_bytes,
          .resident_bytes = ResidentBytes(),
          .looks = tried->looks};
}

Status Agent::Parts::Health() {
  // One that failed may have failed by accident; its next tick may be an hour away.
  for (const std::string& name : tried->come) {
    const auto look = tried->looks.find(name);
    if (look == tried->looks.end() || look->second.ok()) continue;
    tried->looks.erase(look);  // until the next has ended: one at a time
    LookAtTried(name);
  }
  return tried->watch->Judge(Signs());
}

void Agent::Parts::Seal(std::function<void(std::optional<RecordName>)> done) {
  sampler->SealNow();
  storage->Post([this, state = tried, done = std::move(done)] {
    const RecordName newest = spool->NewestName();
    loop.Post([done, newest, is_new = newest != state->before] {
      done(is_new ? std::optional(newest) : std::nullopt);
    });
  });
}

void Agent::Parts::Read(const RecordName& name,
                        std::function<void(std::optional<NextRecord>)> done) {
  if (trial_outbox == nullptr) trial_outbox = std::make_unique<Outbox>(*spool, *storage, loop);
  trial_outbox->ReadNamed(
      name, {}, [done = std::move(done)](ReadAnswer answer) { done(std::move(answer.next)); });
}

std::unique_ptr<Transport> Agent::Parts::NewTransport() {
  return std::make_unique<GrpcTransport>(tried->channel, loop, clock);
}

void Agent::Parts::MakeOpenRequest(std::function<void(v1::OpenSessionRequest)> done) {
  if (trial_outbox == nullptr) trial_outbox = std::make_unique<Outbox>(*spool, *storage, loop);
  trial_outbox->TakeInventory([this, done = std::move(done)](const SpoolInventory& inventory) {
    const auto identity = MakeIdentity(settings);
    if (identity.ok()) done(agent::MakeOpenRequest(*identity, clock, inventory));
  });
}

void Agent::Parts::EndTrial(TrialEnd end) {
  const auto state = std::exchange(tried, nullptr);
  if (end == TrialEnd::kHolds) {
    channel = state->channel;
    if (state->spool) SetSpoolBounds();
    if (state->uplink) Reconnect(settings, channel, "");
  } else {
    GoBack(std::move(state->settings_before), std::move(state->identity_before));
  }
  trial_outbox.reset();
  ReturnFreeMemory();  // what was tried may have taken much
  way_home->Begin(settings.remote_fallback_after, clock.Boot());
}

// The connection and the spool's bounds never left. The device's own files are not asked: they may
// be broken by now. If they have changed to something that can be taken, that is in force next.
void Agent::Parts::GoBack(AgentSettings before, Identity identity) {
  Prepared prepared{.change = Compare(settings, before), .identity = std::move(identity)};
  auto sensors = MakeSensors(prepared.change.come, World());
  if (!sensors.ok()) {
    LogError(Cat("configuration: going back needs a restart: ", Message(sensors.status())));
    loop.Post([this] {
      restart_wanted = true;
      if (!stopping) Stop();
    });
    return;
  }
  prepared.settings = std::move(before);
  prepared.sensors = *std::move(sensors);
  TakeSensors(std::move(prepared));
  loop.Post([this] { CheckOwnFiles(); });
}

void Agent::Parts::CheckOwnFiles() {
  if (stopping || tried != nullptr) return;
  auto own = load_own();
  Status status = own.status();
  if (own.ok() && own->files_hash != settings.files_hash) {
    status = TakeChangedFiles(*std::move(own));
  }
  own_files = status;
  if (status.ok()) return;
  LogError(
      Cat("configuration: the device's own files have changed and cannot be taken; what was in "
          "force before the trial stays: ",
          Message(status)));
}

std::vector<Agent::Parts::WayOut> Agent::Parts::WaysOut() {
  std::vector<WayOut> ways = {{settings, channel}};
  const ConfigurationState& state = configurator->state();
  for (const Revision& revision : {state.previous, Revision()}) {
    if (state.confirmed.id.empty()) break;
    auto other = LoadConfigured(settings.sources, revision);
    if (!other.ok() || other->upload_endpoint.empty()) continue;
    auto other_channel = MakeChannelOptions(*other);
    if (!other_channel.ok()) continue;
    const bool known = std::any_of(
        ways.begin(), ways.end(), [&](const WayOut& way) { return way.channel == *other_channel; });
    if (!known) ways.push_back({*std::move(other), *std::move(other_channel)});
  }
  return ways;
}

absl::Duration Agent::Parts::WayHomePeriod() const {
  return std::min(kWayHomeLook, settings.remote_fallback_after / 4);
}

bool Agent::Parts::HasSession() const {
  if (uplink.uploader == nullptr) return false;
  const SessionState state = uplink.uploader->state();
  return state != SessionState::kWaiting && state != SessionState::kOpening;
}

void Agent::Parts::LookForWayHome() {
  way_home_timer =
      loop.PostWithin(WayHomePeriod() * 0.9, WayHomePeriod(), [this] { LookForWayHome(); });
  if (uplink.uploader == nullptr || stopping || tried != nullptr) return;
  const bool has_session = HasSession();
  if (configurator->state().confirmed.id.empty()) {
    way_home->Begin(settings.remote_fallback_after, clock.Boot());
    return;
  }
  const absl::Duration now = clock.Boot();
  if (has_session || !way_home->IsDue(now)) {
    way_home->Look(now, has_session, 1);
    return;
  }
  const std::vector<WayOut> ways = WaysOut();
  const auto next = way_home->Look(now, has_session, ways.size());
  if (!next) return;
  LogWarning(Cat("no session for long: trying ",
                 *next == 0 ? "the connection of the configuration that is confirmed"
                            : "a connection of before",
                 ", ", ways[*next].settings.upload_endpoint));
  Reconnect(ways[*next].settings, ways[*next].channel,
            *next == 0 ? std::string() : configurator->state().store_id);
}

}  // namespace godwit::agent
