// The composition root of the device daemon: builds the real platform and a device on it, and
// passes signals on. It decides nothing.
//
// Threads: loop (the caller of Run: timers, sensors, state machines), storage (encode, compress,
// append, fdatasync), wire (blocked in gRPC's completion queue).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/device/configuration_start.h"
#include "base/status.h"
#include "platform/program.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

class Agent {
 public:
  // Loads the settings of the device's own files as they are now.
  using LoadOwn = std::function<StatusOr<AgentSettings>()>;

  // Makes an agent. `programs` lives as long as the process, because a program that hangs may
  // outlast the agent. `spool_lock` is the lock of the spool's folder; null if it could not be
  // taken. kInvalidArgument: the settings do not fit this machine; other codes: the spool cannot be
  // opened. After an error `configuration` is unchanged.
  [[nodiscard]] static StatusOr<std::unique_ptr<Agent>> Create(
      Configuration& configuration, ProgramRunner& programs, LoadOwn load_own,
      std::shared_ptr<FileLock> spool_lock);
  ~Agent();

  // Runs until SIGTERM or SIGINT, then seals the open batch and waits a short time for the
  // collector. SIGUSR1 flushes. SIGHUP reloads the settings as a transaction: all changes or none,
  // and parts whose settings did not change are not disturbed. Returns true if the agent was asked
  // to start again.
  bool Run();
  // Samples once, uploads what is in the spool as far as possible, and returns.
  void RunOnce();

 private:
  struct Platform;
  explicit Agent(std::unique_ptr<Platform> platform);
  std::unique_ptr<Platform> platform_;
};

}  // namespace godwit::agent
