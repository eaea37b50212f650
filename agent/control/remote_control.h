// Passes everything that the server may ask of a device to the parts that handle it: commands,
// configurations and log following.
#pragma once

#include <string>

#include "agent/control/commander.h"
#include "agent/control/configurator.h"
#include "agent/control/log_follower.h"
#include "agent/uplink/command_receiver.h"

namespace godwit::agent {

// Loop-confined. Its parts outlive it.
class RemoteControl final : public CommandReceiver {
 public:
  RemoteControl(Commander& commander, Configurator& configurator, LogFollower& log)
      : commander_(commander), configurator_(configurator), log_(log) {}

  void SessionOpened(const OpenedSession& session) override {
    commander_.SessionOpened(session);
    configurator_.SessionOpened(session);
    log_.SessionOpened(session);
  }
  void SessionLost() override {
    commander_.SessionLost();
    configurator_.SessionLost();
    log_.SessionLost();
  }
  void OnCommand(const v1::Command& command) override { commander_.OnCommand(command); }
  void OnOffer(const v1::RevisionOffer& offer) override { configurator_.OnOffer(offer); }
  void OnFollowLog(const v1::FollowLog& follow) override { log_.OnFollowLog(follow); }
  std::string effective_revision() const override { return configurator_.state().confirmed.id; }

 private:
  Commander& commander_;
  Configurator& configurator_;
  LogFollower& log_;
};

}  // namespace godwit::agent
