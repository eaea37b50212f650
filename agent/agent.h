// The composition root of the device daemon: builds the real platform and a device on it, and
// passes on what signals ask for. It decides nothing.
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
  // kInvalidArgument: the settings do not fit this machine; other codes: the spool cannot be
  // opened.
  // What the device's own files say now.
  using LoadOwn = std::function<StatusOr<AgentSettings>()>;

  // `programs` lives as long as the process: a program that hangs may outlast the agent.
  // `spool_lock`: of the spool's folder, null if it could not be taken. After an error
  // `configuration` is as it was.
  [[nodiscard]] static StatusOr<std::unique_ptr<Agent>> Create(
      Configuration& configuration, ProgramRunner& programs, LoadOwn load_own,
      std::shared_ptr<FileLock> spool_lock);
  ~Agent();

  // Until SIGTERM or SIGINT; then hands on what is open and waits a little for the collector.
  // SIGUSR1 flushes. SIGHUP reloads the settings, as a transaction: all of them or none, and what
  // did not change is not disturbed.
  // True when it was asked to begin anew.
  bool Run();
  // Samples once, uploads what waits, as far as that goes, and returns.
  void RunOnce();

 private:
  struct Platform;
  explicit Agent(std::unique_ptr<Platform> platform);
  std::unique_ptr<Platform> platform_;
};

}  // namespace godwit::agent
