// What of a sensor's groups is sampled: within what the device may have, and new layouts in turn.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agent/limits.h"
#include "agent/sampling/sampler.h"
#include "base/check.h"
#include "base/foreign_text.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {

// What the sensor yields from here on.
void Sampler::SetGroups(Source& source, const std::vector<Table>& tables) {
  // A sensor has the same number of groups for ever (codec/sensor.h); what it reads changes series.
  GODWIT_CHECK(tables.size() == source.groups.size());
  register_.Release(source.owner);
  source.series_refused = 0;
  std::string problem;
  for (size_t i = 0; i < tables.size(); ++i) {
    Group& group = source.groups[i];
    SeriesRegister::Claim claim = register_.Register(source.owner, tables[i]);
    source.series_refused += claim.beyond_limit + claim.not_ours;
    if (problem.empty()) problem = ForeignText(claim.problem);
    const GroupLayout& layout = group.layout;
    if (tables[i] == layout.yielded() && claim.admitted == layout.admitted()) continue;
    if (group.layout.SetYielded(tables[i], std::move(claim.admitted))) {
      group.wanted = TableIdOf(layout.Wanted());
      TakeLayout(group);
    } else {
      pacer_.Leave(group.number);
    }
  }
  if (!problem.empty() && problem != source.problem) {
    LogWarning(Cat("sensor ", source.health.name, ": ", problem,
                   " (series not sampled: ", source.series_refused, ")"));
  }
  source.problem = problem;
  CountSeries(source);
  LogWaiting(source);
}

// The layout that waits is sampled from here on, if it is its turn. One without series makes no
// table.
void Sampler::TakeLayout(Group& group) {
  const GroupLayout& layout = group.layout;
  if (layout.admitted().empty()) {
    pacer_.Leave(group.number);
  } else if (!layout.had_series()) {
    pacer_.AdmitFirst(group.wanted);
  } else if (!pacer_.Admit(group.number, group.wanted, clock_.Boot())) {
    return;
  }
  if (batcher_.full()) Seal();
  batcher_.ChangeGroup(group.number, layout.Wanted());
  group.layout.TakeWanted();
}

void Sampler::TakeWaitingLayouts(Source& source) {
  const auto waits = [](const Group& group) { return group.layout.waiting(); };
  if (std::none_of(source.groups.begin(), source.groups.end(), waits)) return;
  for (Group& group : source.groups) {
    if (waits(group)) TakeLayout(group);
  }
  CountSeries(source);
}

void Sampler::CountSeries(Source& source) {
  SensorHealth& health = source.health;
  health.series = health.waiting = 0;
  for (const Group& group : source.groups) {
    health.waiting += group.layout.waiting_series().size();
    health.series += group.layout.admitted().size();
  }
  health.series -= health.waiting;
  health.not_sampled = source.series_refused + health.waiting;
}

// Logs the wait: a line when it begins, and at most one an hour while it lasts.
void Sampler::LogWaiting(Source& source) {
  const absl::Duration now = clock_.Boot();
  if (source.health.waiting == 0 || now < source.log_waiting_at) return;
  source.log_waiting_at = now + absl::Hours(1);
  for (const Group& group : source.groups) {
    if (group.layout.waiting_series().empty()) continue;
    const size_t first = group.layout.waiting_series().front();
    const uint64_t waiting = source.health.waiting;
    LogWarning(Cat("sensor ", source.health.name, ": its series change too often: ", waiting,
                   waiting == 1 ? " new series waits: " : " new series wait, such as ",
                   ForeignText(SeriesText(group.layout.yielded().series[first])), "; after ",
                   kNewLayoutsBurst, " changes the agent takes new series only every ",
                   DurationText(kNewLayoutPeriod)));
    return;
  }
}

}  // namespace godwit::agent
