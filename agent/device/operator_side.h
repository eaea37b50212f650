// What operators reach of the device: commands, pushed configurations, and its log for those who
// follow it. The trials of configurations are the device's own (trial.h).
#pragma once

#include <memory>

#include "agent/control/configurator.h"
#include "agent/control/log_follower.h"
#include "agent/control/remote_control.h"
#include "agent/device/device_start.h"
#include "platform/executor.h"

namespace godwit::agent {

// Loop-confined; the files are storage-confined.
class OperatorSide {
 public:
  // All of them outlive it.
  struct Dependencies {
    Executor& loop;
    Executor& storage;
    TrialRunner& trials;
  };

  // Takes from `start` what is its own: the commands and the state of configurations.
  OperatorSide(DeviceStart& start, Dependencies dependencies);

  // For the connection in use.
  CommandReceiver& receiver() { return remote_control_; }
  Configurator& configurator() { return configurator_; }
  const Configurator& configurator() const { return configurator_; }
  const Commander& commander() const { return *commands_.commander; }

  // What the device's owner allows from here on.
  void Apply(const AgentSettings& settings);

 private:
  const Commands commands_;
  const std::unique_ptr<ConfigurationFile> file_;  // storage-confined
  Configurator configurator_;
  LogFollower log_follower_;
  RemoteControl remote_control_;
};

}  // namespace godwit::agent
