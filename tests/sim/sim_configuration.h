// What configurations do to a simulated agent. The first word of a revision's text says it:
//
//   good     nothing         broken   is refused by the check      harmful  hurts within seconds
//   slow     is never good   moved    another way to the collector dead     a way to nobody
//   crash    the agent dies within seconds of running it
//   later    the same, once it is confirmed
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/control/configurable.h"
#include "agent/sampling/sampler.h"
#include "agent/spool/spool.h"
#include "agent/uplink/options.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

// Loop-confined.
class SimConfigurable final : public agent::Configurable {
 public:
  struct World {
    SimNetwork& network;
    const Clock& clock;
    Executor& loop;
    Executor& storage;
    agent::Spool& spool;
    agent::Identity identity;
    std::function<agent::Sampler&()> sampler;
    std::function<void(bool reaches)> reconnect;
  };
  SimConfigurable(agent::Revision running, World world);

  static std::string KindOf(const agent::Revision& revision);
  // What its sensors run under, and since when on the boot clock.
  const agent::Revision& running() const { return running_; }
  absl::Duration since() const { return since_; }
  static bool Reaches(const agent::Revision& revision) { return KindOf(revision) != "dead"; }

  StatusOr<agent::TrialPlan> Check(const agent::Revision& revision) override;
  Status Try(const agent::Revision& revision) override;
  Status Health() override;
  void Seal(std::function<void(std::optional<RecordName>)> done) override;
  void Read(const RecordName& name,
            std::function<void(std::optional<agent::NextRecord>)> done) override;
  std::unique_ptr<agent::Transport> NewTransport() override;
  void MakeOpenRequest(std::function<void(v1::OpenSessionRequest)> done) override;
  void EndTrial(agent::TrialEnd end) override;

 private:
  agent::Revision running_;
  agent::Revision before_trial_;
  std::string connected_;  // the kind of the connection there is
  absl::Duration since_;
  World world_;
  agent::Outbox outbox_;
  std::shared_ptr<RecordName> before_ = std::make_shared<RecordName>();
};

}  // namespace godwit::sim
