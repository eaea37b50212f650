// What an agent is made of. Only agent.cc, live.cc, reload.cc, self_report.cc and trial.cc have it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/agent.h"
#include "agent/command_assembly.h"
#include "agent/configuration_assembly.h"
#include "agent/control/configurator.h"
#include "agent/control/log_follower.h"
#include "agent/control/remote_control.h"
#include "agent/control/trial_watch.h"
#include "agent/control/way_home.h"
#include "agent/network_flock.h"
#include "agent/sampling/recorder.h"
#include "agent/sampling/sampler.h"
#include "agent/sensor_assembly.h"
#include "agent/settings_change.h"
#include "agent/spool/spool.h"
#include "agent/supervision.h"
#include "agent/uplink_assembly.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/linux_random.h"
#include "platform/linux/patient_file_system.h"
#include "platform/linux/systemd_notify.h"
#include "platform/linux/thread_executor.h"
#include "platform/reload_pacer.h"
#include "platform/uv/uv_loop.h"

namespace godwit::agent {

// In order of construction; destroyed the other way round.
struct Agent::Parts final : Configurable {
  // Settings that are ready to be taken.
  struct Prepared {
    AgentSettings settings;
    SettingsChange change;
    Identity identity;
    std::vector<SampledSensor> sensors;
    ChannelOptions channel;
    bool new_uplink = false;
  };
  // A configuration on trial. Shared with what is under way for it.
  struct Tried {
    AgentSettings settings_before;  // in force when it began, and again if it fails
    Identity identity_before;
    bool uplink = false;  // its connection is another
    bool spool = false;   // and so are its bounds of the spool
    ChannelOptions channel;
    std::vector<std::string> come;
    std::map<std::string, Status> looks;
    std::optional<TrialWatch> watch;
    RecordName before;  // the newest record when it began; storage-confined
  };
  // A sensor that is read more often for a time.
  struct LiveSensor {
    SensorSettings sensor;  // as it is otherwise
    std::unique_ptr<Timer> end;
    std::unique_ptr<Timer> upload;
  };
  // A connection that the device once had.
  struct WayOut {
    AgentSettings settings;
    ChannelOptions channel;
  };

  AgentSettings settings;  // of the sensors; during a trial those that are tried
  ChannelOptions channel;
  BootId boot_id;
  LinuxClock clock;
  LinuxRandom random;
  LinuxFileSystem files;
  // Of what the agent writes: one that hangs keeps no record from its upload.
  PatientFileSystem disk{std::make_shared<LinuxFileSystem>(), {}};
  ProgramRunner& programs;
  LoadOwn load_own;
  Status own_files;  // not OK: why they are refused; the kept ones are in force
  std::unique_ptr<ConfigurationFile> configuration_file;
  SystemdNotify notify;
  UvLoop loop;
  std::unique_ptr<NetworkFlock> network;  // watched since there is an uplink
  std::unique_ptr<Spool> spool;
  std::unique_ptr<ThreadExecutor> storage;
  std::unique_ptr<DeviceReporter> reporter;
  Remote remote;
  std::unique_ptr<Configurator> configurator;
  std::unique_ptr<LogFollower> log_follower;
  std::unique_ptr<RemoteControl> remote_control;
  Uplink uplink;
  std::unique_ptr<Recorder> recorder;
  SpoolStats spool_stats;  // after the last record
  std::unique_ptr<Sampler> sampler;
  std::unique_ptr<Supervision> supervision;
  std::shared_ptr<Tried> tried;
  std::unique_ptr<Outbox> trial_outbox;
  std::optional<LiveSensor> live;
  std::optional<WayHome> way_home;
  std::unique_ptr<ReloadPacer> reloads;  // since Agent::Run
  std::unique_ptr<Timer> stop_timer;
  std::unique_ptr<Timer> once_timer;
  std::unique_ptr<Timer> started_timer;
  std::unique_ptr<Timer> sound_timer;
  std::unique_ptr<Timer> way_home_timer;
  bool stopping = false;
  bool restart_wanted = false;

  Parts(ProgramRunner& programs_in, LoadOwn load_own_in)
      : programs(programs_in), load_own(std::move(load_own_in)) {}

  SensorWorld World();
  CommandWorld RemoteWorld();
  void MakeRemoteControl(ConfigurationState state, Status file_error);
  void MakeSampling(const Identity& identity, std::vector<SampledSensor> sensors);
  void Record(SealedBatch sealed);
  void Appended();
  void OpenUplink(const Identity& identity, const AgentSettings& way,
                  const ChannelOptions& way_channel, const std::string& only_store);
  void Run(Executor::Task begin);
  void StartUplink();
  void Flush();
  void AwaitReadings();
  void Stop(absl::Duration drain = kStopDrain);

  // self_report.cc
  std::string Diagnose();
  std::string StatusText();

  // reload.cc
  void Reload();
  void TakeOwnFiles();
  Status TakeChangedFiles(AgentSettings own);
  StatusOr<Prepared> PrepareAllButSensors(AgentSettings wanted);
  StatusOr<Prepared> Prepare(AgentSettings wanted);
  void TakeSensors(Prepared prepared);
  void TakeAll(Prepared prepared);
  void SetSpoolBounds();
  void Reconnect(const AgentSettings& way, const ChannelOptions& way_channel,
                 const std::string& only_store);

  // live.cc
  StatusOr<std::string> BeginLive(const std::string& sensor, absl::Duration interval,
                                  absl::Duration span);
  void UploadLive();
  void EndLive();
  Status ReplaceSensor(const SensorSettings& sensor);

  // trial.cc
  StatusOr<TrialPlan> Check(const Revision& revision) override;
  Status Try(const Revision& revision) override;
  Status Health() override;
  void Seal(std::function<void(std::optional<RecordName>)> done) override;
  void Read(const RecordName& name, std::function<void(std::optional<NextRecord>)> done) override;
  std::unique_ptr<Transport> NewTransport() override;
  void MakeOpenRequest(std::function<void(v1::OpenSessionRequest)> done) override;
  void EndTrial(TrialEnd end) override;
  void GoBack(AgentSettings before, Identity identity);
  void CheckOwnFiles();
  void LookAtTried(const std::string& name);
  TrialSigns Signs();
  std::vector<WayOut> WaysOut();
  bool HasSession() const;
  absl::Duration WayHomePeriod() const;
  void LookForWayHome();
};

}  // namespace godwit::agent
