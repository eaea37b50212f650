// A device's own log, as it comes. Polled: each page is what came since the last one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "collector/fleet/turn.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// Begins to follow a device's log: `taken` comes on any thread, with lines, or once and last with
// why it ends. What it returns ends it: `taken` may still come after it.
using FollowDeviceLog = std::function<std::function<void()>(
    const std::string& device_id, v1::LogLevel level,
    std::function<void(StatusOr<v1::FollowLogResponse>)> taken)>;

// Query-confined.
class LogQuery {
 public:
  LogQuery(const FollowDeviceLog& follow, const std::string& device_id, v1::LogLevel level);
  ~LogQuery();

  // Nothing when nothing came.
  [[nodiscard]] StatusOr<std::optional<v1::FollowLogResponse>> NextPage(
      const Turn& turn = Turn::Endless());
  static bool waits() { return true; }

 private:
  struct Arrived;
  std::shared_ptr<Arrived> arrived_;
  std::function<void()> leave_;
};

}  // namespace godwit::collector
