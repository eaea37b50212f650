#include "agent/device/fallback_connection.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/limits.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

FallbackConnection::FallbackConnection(Dependencies dependencies)
    : deps_(dependencies),
      schedule_(deps_.applied.settings().remote_fallback_after, deps_.clock.Boot()) {}

void FallbackConnection::Start() {
  timer_ = deps_.loop.PostAfter(Period(), [this] { Check(); });
}

void FallbackConnection::Reset() {
  schedule_ = FallbackSchedule(deps_.applied.settings().remote_fallback_after, deps_.clock.Boot());
}

absl::Duration FallbackConnection::Period() const {
  return std::min(kFallbackCheck, deps_.applied.settings().remote_fallback_after / 4);
}

void FallbackConnection::Check() {
  timer_ = deps_.loop.PostWithin(Period() * 0.9, Period(), [this] { Check(); });
  if (deps_.connection.uploader() == nullptr || deps_.trial.under_way()) return;
  if (deps_.configurator.state().confirmed.id.empty()) return Reset();
  const bool has_session = deps_.connection.HasSession();
  const absl::Duration now = deps_.clock.Boot();
  if (has_session || !schedule_.IsDue(now)) {
    schedule_.Next(now, has_session, 1);
    return;
  }
  const std::vector<Candidate> candidates = Candidates();
  const auto next = schedule_.Next(now, has_session, candidates.size());
  if (next) GoOver(candidates[*next], *next == 0);
}

// The connection that is confirmed comes first.
std::vector<FallbackConnection::Candidate> FallbackConnection::Candidates() {
  const AgentSettings& settings = deps_.applied.settings();
  std::vector<Candidate> candidates = {{settings, deps_.applied.channel()}};
  const ConfigurationState& state = deps_.configurator.state();
  for (const Revision& revision : {state.previous, Revision()}) {
    auto other = deps_.loader.LoadConfigured(settings.sources, revision);
    if (!other.ok() || other->upload_endpoint.empty()) continue;
    auto channel = deps_.loader.FindChannel(*other);
    if (!channel.ok()) continue;
    const bool known =
        std::any_of(candidates.begin(), candidates.end(),
                    [&](const Candidate& candidate) { return candidate.channel == *channel; });
    if (!known) candidates.push_back({*std::move(other), *std::move(channel)});
  }
  return candidates;
}

// Another collector gets no records that were not meant for it.
void FallbackConnection::GoOver(const Candidate& candidate, bool confirmed) {
  LogWarning(Cat(
      "no session within remote.fallback_after: trying ",
      confirmed ? "the connection of the configuration that is confirmed" : "a previous connection",
      ", ", candidate.settings.upload_endpoint));
  deps_.connection.Replace(candidate.settings, candidate.channel,
                           confirmed ? std::string() : deps_.configurator.state().store_id);
}

}  // namespace godwit::agent
