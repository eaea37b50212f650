#include "agent/agent.h"

#include <csignal>
#include <utility>
#include <vector>

#include "agent/agent_parts.h"
#include "agent/assembly.h"
#include "agent/control/limits.h"
#include "agent/limits.h"
#include "agent/run_plan.h"
#include "agent/shared_identity.h"
#include "base/counted.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_sensor_input.h"

namespace godwit::agent {

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Agent::~Agent() {
  // The storage thread refers to the parts above it: it ends first, with what was handed to it
  // done.
  parts_->sampler.reset();
  parts_->storage->Stop();
}

StatusOr<std::unique_ptr<Agent>> Agent::Create(Configuration& configuration,
                                               ProgramRunner& programs, LoadOwn load_own,
                                               std::shared_ptr<FileLock> spool_lock) {
  const AgentSettings& settings = configuration.settings;
  GODWIT_ASSIGN_OR_RETURN(const RunPlan plan, PlanRun(settings));
  const Identity& identity = plan.identity;
  auto owned = std::make_unique<Parts>(programs, std::move(load_own));
  Parts& parts = *owned;
  parts.settings = settings;
  parts.boot_id = identity.boot_id;
  parts.channel = plan.channel;
  parts.own_files = configuration.own_files;
  GODWIT_ASSIGN_OR_RETURN(auto sensors, MakeSensors(settings.sensors, parts.World()));
  GODWIT_ASSIGN_OR_RETURN(parts.spool, Spool::Open(MakeSpoolOptions(settings, identity), parts.disk,
                                                   parts.random, std::move(spool_lock)));
  parts.spool_stats = parts.spool->stats();
  parts.storage = std::make_unique<ThreadExecutor>("storage", parts.clock);
  parts.reporter = std::make_unique<DeviceReporter>(
      identity, [&parts] { return MakeSensorReports(parts.sampler->Health()); }, parts.clock);
  parts.configuration_file = std::move(configuration.file);
  parts.MakeRemoteControl(configuration.state, configuration.file_error);
  parts.OpenUplink(identity, parts.settings, parts.channel, "");
  parts.MakeSampling(identity, std::move(sensors));
  parts.supervision =
      std::make_unique<Supervision>(parts.notify, parts.clock, parts.loop, *parts.storage,
                                    [&parts] { return parts.StatusText(); });
  if (const std::string shared = SharedIdentity(identity.device_id); !shared.empty()) {
    LogWarning(Cat("agent.id: ", shared));
  }
  LogInfo(Cat("device ", identity.device_id, " (", identity.device_name, "), run ",
              Hex(parts.spool->run()), ", spool ", settings.spool_path));
  return std::unique_ptr<Agent>(new Agent(std::move(owned)));
}

void Agent::Parts::MakeRemoteControl(ConfigurationState state, Status file_error) {
  remote = MakeRemote(settings, RemoteWorld());
  configurator = std::make_unique<Configurator>(
      MakeConfigureOptions(settings, boot_id), std::move(state), configuration_file.get(),
      std::move(file_error),
      Configurator::World{.loop = loop, .storage = *storage, .device = *this});
  log_follower = std::make_unique<LogFollower>(MakeRemoteOptions(settings), loop);
  remote_control = std::make_unique<RemoteControl>(*remote.commander, *configurator, *log_follower);
  way_home.emplace(settings.remote_fallback_after, clock.Boot());
}

void Agent::Parts::OpenUplink(const Identity& identity, const AgentSettings& way,
                              const ChannelOptions& way_channel, const std::string& only_store) {
  uplink = MakeUplink(way, way_channel, identity, *spool, *storage,
                      {.clock = clock,
                       .loop = loop,
                       .random = random,
                       .reporter = *reporter,
                       .commands = remote_control.get()},
                      only_store);
}

void Agent::Parts::MakeSampling(const Identity& identity, std::vector<SampledSensor> sensors) {
  recorder = std::make_unique<Recorder>(
      *storage,
      Recorder::Log{
          .append = [this](EncodedBatch batch) { spool->Append(MakeRecord(std::move(batch))); },
          .lose = [this](BatchLoss loss) { spool->Lose(LossReasonFor(loss)); },
          .appended = [this] { Appended(); }});
  sampler =
      std::make_unique<Sampler>(MakeBatchOptions(settings, identity), std::move(sensors), clock,
                                loop, [this](SealedBatch sealed) { Record(std::move(sealed)); });
}

// Its reading goes behind its writing: one wake-up of storage, and one of the loop.
void Agent::Parts::Record(SealedBatch sealed) {
  recorder->Submit(std::move(sealed));
  if (uplink.uploader != nullptr) uplink.uploader->Wake();
}

SensorWorld Agent::Parts::World() {
  return {.input = EndlessSensorInput(), .files = files, .programs = programs, .figures = [this] {
            return MakeFigures(spool_stats, uplink.uploader.get(), *recorder, sampler->Health(),
                               clock);
          }};
}

CommandWorld Agent::Parts::RemoteWorld() {
  CommandTargets targets{.clock = clock, .loop = loop, .programs = programs};
  targets.options = [this] { return MakeRemoteOptions(settings); };
  targets.sampler = [this]() -> Sampler& { return *sampler; };
  targets.flush = [this] {
    Flush();
    return Cat("sealed, and on its way; records that waited: ", spool_stats.unsettled_records);
  };
  targets.live = [this](const std::string& sensor, absl::Duration interval, absl::Duration span) {
    return BeginLive(sensor, interval, span);
  };
  targets.diagnostics = [this] { return Diagnose(); };
  targets.restart = [this] {
    restart_wanted = true;
    Stop();
  };
  return {
      .targets = targets, .storage = *storage, .files = disk, .random = random, .boot_id = boot_id};
}

// On storage.
void Agent::Parts::Appended() {
  loop.PostLazily([this, stats = spool->stats()] {
    spool_stats = stats;
    if (uplink.uploader == nullptr) return;
    uplink.uploader->Wake();
    if (uplink.uploader->counters().records > 0) configurator->NoteSound();
  });
}

bool Agent::Run() {
  Parts& parts = *parts_;
  parts.reloads = std::make_unique<ReloadPacer>(parts.loop, [&parts] { parts.Reload(); });
  parts.started_timer = parts.loop.PostAfter(kStartTakes, ForgetStartup);
  parts.sound_timer =
      parts.loop.PostAfter(kSoundAfter, [&parts] { parts.configurator->NoteSound(); });
  parts.way_home_timer =
      parts.loop.PostAfter(parts.WayHomePeriod(), [&parts] { parts.LookForWayHome(); });
  parts.Run([&parts] {
    parts.sampler->Start();
    parts.supervision->Start();
    // Held until now: what runs can be flushed and changed.
    parts.loop.OnSignal(SIGUSR1, [&parts] { parts.Flush(); });
    parts.loop.OnSignal(SIGHUP, [&parts] { parts.reloads->Request(); });
  });
  return parts.restart_wanted;
}

void Agent::RunOnce() {
  Parts& parts = *parts_;
  parts.Run([&parts] {
    parts.sampler->ReadNow();
    parts.AwaitReadings();
  });
}

void Agent::Parts::Run(Executor::Task begin) {
  for (const int signal : {SIGTERM, SIGINT}) {
    loop.OnSignal(signal, [this] { Stop(); });
  }
  loop.Post([this, begin = std::move(begin)]() mutable {
    begin();
    StartUplink();
  });
  loop.Run();
}

// Each ends, or is given up.
void Agent::Parts::AwaitReadings() {
  constexpr absl::Duration kLook = absl::Milliseconds(20);
  if (!sampler->reading()) return Stop(kOnceDrain);
  once_timer = loop.PostAfter(kLook, [this] { AwaitReadings(); });
}

void Agent::Parts::StartUplink() {
  if (uplink.uploader == nullptr) return;
  uplink.uploader->Start();
  if (network != nullptr) return;
  network = std::make_unique<NetworkFlock>(loop, [this](bool address_gone) {
    if (uplink.uploader != nullptr) uplink.uploader->NetworkChanged(address_gone);
  });
}

// What is sampled so far is sealed, made safe and sent.
void Agent::Parts::Flush() {
  if (stopping) return;
  sampler->SealNow();
  storage->Post([this] {
    loop.Post([this] {
      if (uplink.uploader != nullptr) uplink.uploader->Flush();
    });
  });
}

// Upstream first: the last batch is sealed, then safe, then sent.
void Agent::Parts::Stop(absl::Duration drain) {
  if (std::exchange(stopping, true)) return loop.Stop();  // asked twice: at once
  supervision->Stop(restart_wanted);
  live.reset();
  sampler->Stop();
  configurator->Stop();
  storage->Post([this, drain] {
    spool->End();
    loop.Post([this, drain] {
      const auto finish = [this] {
        if (uplink.uploader != nullptr) {
          const UploadCounters& sent = uplink.uploader->counters();
          LogInfo(Cat("upload: ", Counted(sent.records, "record"), ", ",
                      Counted(sent.bytes, "byte"), " in ", Counted(sent.streams, "stream"), " of ",
                      Counted(sent.sessions, "session")));
        }
        uplink.uploader.reset();
        loop.Stop();
      };
      if (uplink.uploader == nullptr) return finish();
      stop_timer = loop.PostAfter(drain, finish);
      uplink.uploader->Drain([this, finish] { loop.Post(finish); });
    });
  });
}

}  // namespace godwit::agent
