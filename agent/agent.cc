#include "agent/agent.h"

#include <csignal>
#include <optional>
#include <utility>
#include <vector>

#include "agent/assembly.h"
#include "agent/command_assembly.h"
#include "agent/device/device.h"
#include "agent/device/part_options.h"
#include "agent/limits.h"
#include "agent/machine_ports.h"
#include "agent/network_change_debouncer.h"
#include "agent/run_plan.h"
#include "agent/self_report.h"
#include "agent/shared_identity.h"
#include "agent/supervision.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/linux_random.h"
#include "platform/linux/linux_sensor_input.h"
#include "platform/linux/patient_file_system.h"
#include "platform/linux/systemd_notify.h"
#include "platform/linux/thread_executor.h"
#include "platform/reload_pacer.h"

namespace godwit::agent {
namespace {

void Introduce(const Identity& identity, const Spool& spool, const std::string& path) {
  if (const std::string shared = SharedIdentity(identity.device_id); !shared.empty()) {
    LogWarning(Cat("agent.id: ", shared));
  }
  LogInfo(Cat("device ", identity.device_id, " (", identity.device_name, "), run ",
              Hex(spool.run()), ", spool ", path));
}

}  // namespace

// The real platform, and the device on it. In order of construction; destroyed the other way round.
struct Agent::Platform final : DeviceProcess {
  ProgramRunner& programs;
  LinuxClock clock;
  LinuxRandom random;
  LinuxFileSystem files;
  // Of what the agent writes: one that hangs keeps no record from its upload.
  PatientFileSystem disk{std::make_shared<LinuxFileSystem>(), {}};
  SystemdNotify notify;
  UvLoop loop;
  MachineSettings settings;
  MachineSensors sensors;
  GrpcTransports transports{loop, clock};
  MachineMemory memory;
  SpoolLog log;
  std::unique_ptr<NetworkChangeDebouncer> network;  // watched since there is a connection
  std::unique_ptr<ThreadExecutor> storage;
  std::unique_ptr<Device> device;
  std::unique_ptr<Supervision> supervision;
  std::unique_ptr<ReloadPacer> reloads;  // since Agent::Run
  std::unique_ptr<Timer> started_timer;
  bool restart_wanted = false;

  Platform(ProgramRunner& programs_in, LoadOwn load_own)
      : programs(programs_in), settings(std::move(load_own)), sensors(SensorsOfThis()) {}

  ~Platform() override {
    if (device == nullptr) return;
    // The storage thread refers to the device: it ends first, with what was handed to it done.
    device->StopSampling();
    storage->Stop();
  }

  SensorDependencies SensorsOfThis() {
    return {
        .input = EndlessSensorInput(), .files = files, .programs = programs, .statistics = [this] {
          return MakeStatistics(device->spool_stats(), device->connection().uploader(),
                                device->recorder(), device->sampler().Health(), clock);
        }};
  }

  Status MakeDevice(Configuration& configuration, std::shared_ptr<FileLock> spool_lock);
  CommandTargets Targets();
  void Run(Executor::Task begin);
  void Reload();

  // DeviceProcess
  void WatchNetwork() override;
  void Stopping(bool restart) override;
  void Stopped() override { loop.Stop(); }
};

Status Agent::Platform::MakeDevice(Configuration& configuration,
                                   std::shared_ptr<FileLock> spool_lock) {
  GODWIT_ASSIGN_OR_RETURN(RunPlan plan, PlanRun(configuration.settings));
  GODWIT_ASSIGN_OR_RETURN(auto made, sensors.Make(configuration.settings.sensors));
  GODWIT_ASSIGN_OR_RETURN(
      auto spool, Spool::Open(MakeSpoolOptions(configuration.settings, plan.identity), disk, random,
                              std::move(spool_lock)));
  Introduce(plan.identity, *spool, configuration.settings.spool_path);
  storage = std::make_unique<ThreadExecutor>("storage", clock);
  const CommandDependencies commands{.targets = Targets(),
                                     .storage = *storage,
                                     .files = disk,
                                     .random = random,
                                     .boot_id = plan.identity.boot_id};
  DeviceStart start{.settings = configuration.settings,
                    .plan = std::move(plan),
                    .own_files = configuration.own_files,
                    .state = configuration.state,
                    .file = std::move(configuration.file),
                    .file_error = configuration.file_error,
                    .spool = std::move(spool),
                    .commands = MakeCommands(configuration.settings, commands)};
  device = std::make_unique<Device>(std::move(start), std::move(made),
                                    Device::Ports{.clock = clock,
                                                  .loop = loop,
                                                  .storage = *storage,
                                                  .random = random,
                                                  .loader = settings,
                                                  .sensors = sensors,
                                                  .transports = transports,
                                                  .memory = memory,
                                                  .log = log,
                                                  .process = *this});
  supervision = std::make_unique<Supervision>(notify, clock, loop, *storage,
                                              [this] { return StatusLineOf(*device); });
  return absl::OkStatus();
}

CommandTargets Agent::Platform::Targets() {
  CommandTargets targets{.clock = clock, .loop = loop, .programs = programs};
  targets.options = [this] { return MakeRemoteOptions(device->settings()); };
  targets.sampler = [this]() -> Sampler& { return device->sampler(); };
  targets.flush = [this] {
    device->Flush();
    return Cat("sealed; the upload has started; records that were waiting: ",
               device->spool_stats().unsettled_records);
  };
  targets.live = [this](const std::string& sensor, absl::Duration interval, absl::Duration span) {
    return device->live().Begin(sensor, interval, span);
  };
  targets.diagnostics = [this] { return DiagnosticsOf(*device, clock); };
  targets.restart = [this] { device->Restart(); };
  return targets;
}

void Agent::Platform::Run(Executor::Task begin) {
  for (const int signal : {SIGTERM, SIGINT}) {
    loop.OnSignal(signal, [this] { device->Stop(); });
  }
  loop.Post(std::move(begin));
  loop.Run();
}

void Agent::Platform::Reload() {
  supervision->Reloading();
  device->Reload();
  supervision->Reloaded();
}

void Agent::Platform::WatchNetwork() {
  if (network != nullptr) return;
  network = std::make_unique<NetworkChangeDebouncer>(
      loop, [this](bool address_gone) { device->NetworkChanged(address_gone); });
}

void Agent::Platform::Stopping(bool restart) {
  restart_wanted = restart;
  supervision->Stop(restart);
}

Agent::Agent(std::unique_ptr<Platform> platform) : platform_(std::move(platform)) {}

Agent::~Agent() = default;

StatusOr<std::unique_ptr<Agent>> Agent::Create(Configuration& configuration,
                                               ProgramRunner& programs, LoadOwn load_own,
                                               std::shared_ptr<FileLock> spool_lock) {
  auto platform = std::make_unique<Platform>(programs, std::move(load_own));
  GODWIT_RETURN_IF_ERROR(platform->MakeDevice(configuration, std::move(spool_lock)));
  return std::unique_ptr<Agent>(new Agent(std::move(platform)));
}

bool Agent::Run() {
  Platform& platform = *platform_;
  platform.reloads =
      std::make_unique<ReloadPacer>(platform.loop, [&platform] { platform.Reload(); });
  platform.started_timer = platform.loop.PostAfter(kStartTakes, ForgetStartup);
  platform.Run([&platform] {
    platform.device->Start();
    platform.supervision->Start();
    // Held until now: what runs can be flushed and changed.
    platform.loop.OnSignal(SIGUSR1, [&platform] { platform.device->Flush(); });
    platform.loop.OnSignal(SIGHUP, [&platform] { platform.reloads->Request(); });
  });
  return platform.restart_wanted;
}

void Agent::RunOnce() {
  Platform& platform = *platform_;
  platform.Run([&platform] { platform.device->RunOnce(); });
}

}  // namespace godwit::agent
