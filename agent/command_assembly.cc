#include "agent/command_assembly.h"

#include <cstdio>
#include <utility>

#include "agent/assembly.h"
#include "agent/control/policy.h"
#include "agent/sensor_command.h"
#include "base/exit_code.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {
namespace {

constexpr absl::Duration kLogLevelFor = absl::Minutes(10);  // when nobody says
constexpr absl::Duration kLogLevelForMax = absl::Hours(1);
// The result is on its way by then.
constexpr absl::Duration kRestartIn = absl::Milliseconds(300);

using Done = CommandAction::Done;

std::string ArgumentOr(const Arguments& arguments, const std::string& name,
                       const std::string& fallback) {
  const auto found = arguments.find(name);
  return found == arguments.end() ? fallback : found->second;
}

CommandAction Ping(const Clock& clock) {
  return {.run = [&clock](const Arguments&, const Done& done) {
    done(Cat("godwit-agent ", GODWIT_VERSION, ", wall clock ",
             absl::FormatTime(absl::RFC3339_sec, clock.Wall(), absl::UTCTimeZone()),
             clock.WallSynchronised() ? " (synchronised)" : " (not synchronised)",
             ", machine up for ",
             absl::FormatDuration(absl::Trunc(clock.Boot(), absl::Seconds(1)))));
  }};
}

// A sensor that hands out what has come in since its last reading would lose it.
bool IsEmptiedByReading(const std::string& sensor) {
  return sensor.starts_with("statsd/");
}

CommandAction Read(std::function<Sampler&()> sampler) {
  return {.run = [sampler = std::move(sampler)](const Arguments& arguments, const Done& done) {
    const std::string name = arguments.at("sensor");
    if (IsEmptiedByReading(name)) {
      return done(Error(StatusCode::kFailedPrecondition,
                        Cat(name, " is emptied by a reading: its ticks alone read it")));
    }
    const Status begun = sampler().LookAt(name, [name, done](Sampler::Look look) {
      SensorTrial trial{.name = name};
      trial.status = look.status;
      trial.took = look.took;
      trial.groups = std::move(look.groups);
      trial.values = std::move(look.values);
      const std::string text = TextOf(trial);
      done(trial.status.ok() ? StatusOr<std::string>(text) : Error(StatusCode::kInternal, text));
    });
    if (!begun.ok()) done(begun);
  }};
}

CommandAction SetLevel(Executor& loop) {
  auto timer = std::make_shared<std::unique_ptr<Timer>>();
  return {.run = [&loop, timer](const Arguments& arguments, const Done& done) {
    LogLevel level = LogLevel::kInfo;
    if (!ParseLogLevel(ArgumentOr(arguments, "level", ""), level)) {
      return done(Error(StatusCode::kInvalidArgument, "needs level=debug, info, warning or error"));
    }
    absl::Duration span = kLogLevelFor;
    const std::string text = ArgumentOr(arguments, "for", "");
    if (!text.empty()) {
      const auto parsed = ParseDuration(text);
      if (!parsed.ok()) return done(parsed.status());
      span = *parsed;
    }
    if (span <= absl::ZeroDuration() || span > kLogLevelForMax) {
      return done(Error(StatusCode::kInvalidArgument, "for= is more than an hour, or nothing"));
    }
    SetLogLevel(level);
    // The level of the command line comes back, whatever becomes of the link.
    *timer = loop.PostAfter(span, [] { ResetLogLevel(); });
    done(Cat("logging ", ArgumentOr(arguments, "level", ""), " for ", DurationText(span)));
  }};
}

CommandActions MakeActions(const CommandWorld& world) {
  auto restart_timer = std::make_shared<std::unique_ptr<Timer>>();
  CommandActions actions;
  actions["ping"] = Ping(world.clock);
  actions["read"] = Read(world.sampler);
  actions["flush"] = {
      .run = [flush = world.flush](const Arguments&, const Done& done) { done(flush()); }};
  actions["set-log-level"] = SetLevel(world.loop);
  actions["restart"] = {
      .run = [restart_timer, restart = world.restart, &loop = world.loop](
                 const Arguments&,
                 const Done&) { *restart_timer = loop.PostAfter(kRestartIn, restart); },
      .ends_agent = true};
  return actions;
}

}  // namespace

RemoteOptions MakeRemoteOptions(const AgentSettings& settings) {
  return {.commands = {settings.remote_commands.begin(), settings.remote_commands.end()},
          .sensors = settings.remote_sensors,
          .config = settings.remote_config,
          .config_allow = settings.remote_rules.allow,
          .config_paths = settings.remote_rules.paths};
}

Remote MakeRemote(const AgentSettings& settings, const CommandWorld& world) {
  Remote remote;
  auto journal = CommandJournal::Open(world.files, settings.state + "/commands");
  if (journal.ok()) {
    remote.journal = *std::move(journal);
  } else {
    LogError(Cat("command journal: ", Message(journal.status()), "; commands are refused"));
  }
  remote.commander = std::make_unique<Commander>(
      MakeRemoteOptions(settings), MakeActions(world), remote.journal.get(), journal.status(),
      world.random.Next(),
      Commander::World{.clock = world.clock, .loop = world.loop, .storage = world.storage});
  return remote;
}

int RunRemoteCommand(const std::string& config) {
  const auto settings = LoadSettings(config);
  if (!settings.ok()) {
    std::fprintf(stderr, "%s\n", Message(settings.status()).c_str());
    return kExitSettings;
  }
  std::fputs(ExplainRemote(MakeRemoteOptions(*settings)).c_str(), stdout);
  return kExitOk;
}

}  // namespace godwit::agent
