// The actions of all kinds of commands (base/command_kinds.h) on the running agent.
#pragma once

#include <functional>
#include <string>

#include "agent/control/commander.h"
#include "agent/control/options.h"
#include "agent/sampling/sampler.h"
#include "platform/clock.h"
#include "platform/executor.h"
#include "platform/program.h"

namespace godwit::agent {

// The parts that commands act on. All of them outlive the commander and are used on its loop.
struct CommandTargets {
  const Clock& clock;
  Executor& loop;
  ProgramRunner& programs;
  std::function<RemoteOptions()> options;  // as they are now
  std::function<Sampler&()> sampler;
  std::function<std::string()> flush;  // says what it did
  // Reads one sensor at another interval for a time. Returns a text that says what it did.
  std::function<StatusOr<std::string>(const std::string& sensor, absl::Duration interval,
                                      absl::Duration span)>
      live;
  std::function<std::string()> diagnostics;  // a text
  std::function<void()> restart;
};

// Returns an action for each kind that is sent. Loop-confined, as the actions are.
CommandActions MakeActions(const CommandTargets& targets);

}  // namespace godwit::agent
