// The twin of GrpcTransport and the gRPC services: the agent's transport port joined to the
// collector's stream port, with delays drawn from the seed.
//
// A cut ends every call. The agent learns of it soon; what it had sent may be lost, or may still
// reach the collector seconds later, while the agent already sends it again in another session.
#pragma once

#include <memory>
#include <vector>

#include "agent/uplink/transport.h"
#include "collector/ingest/ingest.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

class SimNetwork {
 public:
  explicit SimNetwork(SimScheduler& scheduler) : scheduler_(scheduler) {}

  void CollectorUp(collector::Ingest& ingest, Executor& executor);
  // Before its Ingest is destroyed. The agent's calls end; its next ones are refused.
  void CollectorDown();
  void Cut();

  // For the agent that lives on `loop`. What is under way when it dies goes nowhere.
  std::unique_ptr<agent::Transport> NewTransport(Executor& loop);

 private:
  friend class SimTransport;
  struct Link;
  class Stream;
  // The agent's loop while the agent lives.
  struct AgentSide {
    Executor* loop = nullptr;
    void Post(Executor::Task task) {
      if (loop != nullptr) loop->Post(std::move(task));
    }
  };

  absl::Duration Delay();
  void DeliverWhenWanted(const std::shared_ptr<Link>& link);
  void EndAgentSide(const std::shared_ptr<Link>& link, const agent::CallResult& result,
                    const v1::UploadMetricsResponse& response);

  SimScheduler& scheduler_;
  collector::Ingest* ingest_ = nullptr;
  Executor* collector_executor_ = nullptr;
  std::vector<std::weak_ptr<Link>> links_;
};

}  // namespace godwit::sim
