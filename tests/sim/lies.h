// A collector whose answers are wrong for a while: a bug, a proxy in between, another version. It
// never claims that a record is durable which is not; nothing can help against that.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "agent/uplink/transport.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

class Lies {
 public:
  explicit Lies(SimScheduler& scheduler) : scheduler_(scheduler) {}

  // `boldly`: also what the agent is known not to stand yet.
  void For(absl::Duration span, bool boldly = false) {
    until_ = scheduler_.now() + span;
    boldly_ = boldly;
  }
  void End() { until_ = absl::ZeroDuration(); }

  // Change an answer on its way to the agent, or leave it.
  void Twist(agent::CallResult& result, v1::OpenSessionResponse& response);
  void Twist(agent::CallResult& result, v1::UploadMetricsResponse& response);
  template <typename Response>
  void Twist(agent::CallResult& result, Response&) {
    TwistStatus(result);
  }
  // Any status of gRPC in place of what it was, with any hint.
  void TwistStatus(agent::CallResult& result);

  // A stream that is refused as it is opened.
  bool Refuses() {
    if (!Now()) return false;
    Tell("a command stream refused");
    return true;
  }

  // How often, by name.
  const std::map<std::string, uint64_t>& told() const { return told_; }

 private:
  bool Lying() const { return scheduler_.now() < until_; }
  bool Now() { return Lying() && scheduler_.Chance(300); }
  void Tell(const char* lie) { ++told_[lie]; }
  void ClaimTooMuch(v1::OpenSessionResponse& response);

  SimScheduler& scheduler_;
  absl::Duration until_ = absl::ZeroDuration();
  bool boldly_ = false;
  std::map<std::string, uint64_t> told_;
};

}  // namespace godwit::sim
