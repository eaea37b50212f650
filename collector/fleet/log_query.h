// Follows a device's own log. Polled: each page has the lines since the last one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "collector/fleet/turn.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// Starts to follow a device's log. `taken` is called on any thread, with lines, or once and last
// with the reason of the end. Calling the returned function ends it; `taken` may still be called
// afterwards.
using FollowDeviceLog = std::function<std::function<void()>(
    const std::string& device_id, v1::LogLevel level,
    std::function<void(StatusOr<v1::FollowLogResponse>)> taken)>;

// Query-confined.
class LogQuery {
 public:
  LogQuery(const FollowDeviceLog& follow, const std::string& device_id, v1::LogLevel level);
  ~LogQuery();

  // Returns the next page; nothing if there are no lines.
  [[nodiscard]] StatusOr<std::optional<v1::FollowLogResponse>> NextPage(
      const Turn& turn = Turn::Endless());
  static bool waits() { return true; }

 private:
  struct Arrived;
  std::shared_ptr<Arrived> arrived_;
  std::function<void()> leave_;
};

}  // namespace godwit::collector
