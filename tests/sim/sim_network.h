// The twin of GrpcTransport and the gRPC services: the agent's transport port joined to the
// collector's stream port, with delays drawn from the seed.
//
// A cut ends every call. The agent learns of it soon; what it had sent may be lost, or may still
// reach the collector seconds later, while the agent already sends it again in another session.
// A black hole takes everything and reports nothing: the agent notices by keepalive, the collector
// by its own, later. Calls to open a session may be lost, or arrive twice.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/uplink/transport.h"
#include "collector/ingest/ingest.h"
#include "tests/sim/lies.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

class SimNetwork {
 public:
  // The agent's ping interval while nothing arrives, and its time-out for a ping.
  static constexpr absl::Duration kKeepaliveTime = absl::Seconds(30);
  static constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(10);

  explicit SimNetwork(SimScheduler& scheduler) : scheduler_(scheduler) {}

  void CollectorUp(collector::Ingest& ingest, Executor& executor);
  // Before its Ingest is destroyed. The agent's calls end; its next ones are refused.
  void CollectorDown();
  void Cut();
  // Makes the network half-open for this time: nothing arrives anywhere.
  void BlackHoleFor(absl::Duration span);
  void set_loses_calls(uint64_t permille) { loses_calls_ = permille; }
  void set_repeats_calls(uint64_t permille) { repeats_calls_ = permille; }
  void set_delay_max(absl::Duration delay) { delay_max_ = delay; }
  // For `span`, delivers what devices send at this rate, one message behind the other.
  void SlowDown(ByteCount bytes_per_second, absl::Duration span);
  Lies& lies() { return lies_; }
  // The collector that comes up next is of a version that takes good batches for bad ones.
  void set_misreads(bool misreads) { misreads_ = misreads; }
  bool misreads() const { return misreads_; }

  // What has happened, for the table of faults.
  uint64_t lost_calls() const { return lost_calls_; }
  uint64_t repeated_calls() const { return repeated_calls_; }
  uint64_t late_messages() const { return late_messages_; }
  uint64_t misread_records() const { return misread_records_; }

  // Nobody answers at `endpoint` from now on; calls under way there go on.
  void Disconnect(const std::string& endpoint) { unreachable_.insert(endpoint); }
  bool Reaches(const std::string& endpoint) const { return !unreachable_.contains(endpoint); }

  // For the agent that lives on `loop`: the collector is behind every endpoint that is connected.
  // What is under way when the agent dies goes nowhere.
  std::unique_ptr<agent::Transport> NewTransport(Executor& loop, const std::string& endpoint = "");

 private:
  friend class SimTransport;
  struct Link;
  class Stream;
  struct CommandLink;
  class CommandHandle;
  // The agent's loop while the agent lives.
  struct AgentSide {
    Executor* loop = nullptr;
    void Post(Executor::Task task) {
      if (loop != nullptr) loop->Post(std::move(task));
    }
  };

  absl::Duration Delay();
  // Until so many bytes are through.
  absl::Duration Transit(size_t bytes);
  void FallIntoHole(const std::shared_ptr<Link>& link);
  void DeliverWhenWanted(const std::shared_ptr<Link>& link);
  static void EndNow(const std::shared_ptr<Link>& link, const agent::CallResult& result);
  void EndAgentSide(const std::shared_ptr<Link>& link, agent::CallResult result,
                    v1::UploadMetricsResponse response);

  SimScheduler& scheduler_;
  collector::Ingest* ingest_ = nullptr;
  Executor* collector_executor_ = nullptr;
  bool InBlackHole() const { return scheduler_.now() < black_hole_until_; }

  void CloseCommands(const std::shared_ptr<CommandLink>& link, agent::CallResult result,
                     absl::Duration delay);
  void FallIntoHole(const std::shared_ptr<CommandLink>& link);

  std::vector<std::weak_ptr<Link>> links_;
  std::vector<std::weak_ptr<CommandLink>> command_links_;
  absl::Duration delay_max_ = absl::Milliseconds(200);
  absl::Duration black_hole_until_ = absl::ZeroDuration();
  ByteCount bytes_per_second_ = 0;
  absl::Duration slow_until_ = absl::ZeroDuration();
  absl::Duration busy_until_ = absl::ZeroDuration();
  Lies lies_{scheduler_};
  bool misreads_ = false;
  std::set<std::string> unreachable_;
  uint64_t loses_calls_ = 0;
  uint64_t repeats_calls_ = 0;
  uint64_t lost_calls_ = 0;
  uint64_t repeated_calls_ = 0;
  uint64_t late_messages_ = 0;
  uint64_t misread_records_ = 0;
  uint64_t sessions_ = 0;  // asked for
};

}  // namespace godwit::sim
