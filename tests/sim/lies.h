// A collector whose answers are wrong for a while: a bug, a proxy in between, another version. It
// never claims that a record is durable which is not; nothing can help against that.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "agent/uplink/transport.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

class Lies {
 public:
  explicit Lies(SimScheduler& scheduler) : scheduler_(scheduler) {}

  // `boldly`: also claims and hints without any bound.
  void For(absl::Duration span, bool boldly = false) {
    until_ = scheduler_.now() + span;
    boldly_ = boldly;
  }
  // The same lie each time, for a test of one.
  using AboutSession = std::function<void(agent::CallResult&, v1::OpenSessionResponse&)>;
  void AlwaysOpenBy(AboutSession lie) { about_session_ = std::move(lie); }
  void AlwaysEndCommandsWith(std::optional<agent::CallResult> end) {
    commands_end_ = std::move(end);
  }
  void End() {
    until_ = absl::ZeroDuration();
    about_session_ = nullptr;
    commands_end_.reset();
  }

  // Change an answer on its way to the agent, or leave it.
  void Twist(agent::CallResult& result, v1::OpenSessionResponse& response);
  void Twist(agent::CallResult& result, v1::UploadMetricsResponse& response);
  template <typename Response>
  void Twist(agent::CallResult& result, Response&) {
    TwistStatus(result);
  }
  // Any status of gRPC in place of what it was, with any hint.
  void TwistStatus(agent::CallResult& result);

  // How a command stream is refused as it is opened, if it is.
  std::optional<agent::CallResult> Refusal();

  // How often, by name.
  const std::map<std::string, uint64_t>& counts() const { return counts_; }

 private:
  bool Lying() const { return scheduler_.now() < until_; }
  bool Now() { return Lying() && scheduler_.Chance(300); }
  void Count(const char* lie) { ++counts_[lie]; }
  void ClaimTooMuch(v1::OpenSessionResponse& response);

  SimScheduler& scheduler_;
  absl::Duration until_ = absl::ZeroDuration();
  bool boldly_ = false;
  AboutSession about_session_;
  std::optional<agent::CallResult> commands_end_;
  std::map<std::string, uint64_t> counts_;
};

}  // namespace godwit::sim
