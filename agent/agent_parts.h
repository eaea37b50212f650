// What an agent is made of. Only agent.cc and reload.cc have it.
#pragma once

#include <memory>
#include <utility>

#include "agent/agent.h"
#include "agent/command_assembly.h"
#include "agent/network_flock.h"
#include "agent/sampling/recorder.h"
#include "agent/sampling/sampler.h"
#include "agent/sensor_assembly.h"
#include "agent/spool/spool.h"
#include "agent/uplink_assembly.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/linux_random.h"
#include "platform/linux/thread_executor.h"
#include "platform/uv/uv_loop.h"

namespace godwit::agent {

// In order of construction; destroyed the other way round.
struct Agent::Parts {
  AgentSettings settings;
  ChannelOptions channel;
  LinuxClock clock;
  LinuxRandom random;
  LinuxFileSystem files;
  ProgramRunner& programs;
  LoadWanted load_wanted;
  UvLoop loop;
  std::unique_ptr<NetworkFlock> network;  // watched since there is an uplink
  std::unique_ptr<Spool> spool;
  std::unique_ptr<ThreadExecutor> storage;
  std::unique_ptr<DeviceReporter> reporter;
  Remote remote;
  Uplink uplink;
  std::unique_ptr<Recorder> recorder;
  SpoolStats spool_stats;  // after the last record
  std::unique_ptr<Sampler> sampler;
  std::unique_ptr<Timer> stop_timer;
  std::unique_ptr<Timer> once_timer;
  std::unique_ptr<Timer> started_timer;
  bool stopping = false;
  bool restart_wanted = false;

  Parts(ProgramRunner& programs_in, LoadWanted load)
      : programs(programs_in), load_wanted(std::move(load)) {}

  SensorWorld World();
  CommandWorld RemoteWorld();
  void MakeSampling(const Identity& identity, std::vector<SampledSensor> sensors);
  void Appended();
  void OpenUplink(const Identity& identity);
  void Run(Executor::Task begin);
  void StartUplink();
  void Flush();
  void Reload();
  Status Apply(AgentSettings wanted);
  void AwaitReadings();
  void Stop(absl::Duration drain = kStopDrain);
};

}  // namespace godwit::agent
