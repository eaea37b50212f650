// Follows a device's own log. Polled: each page has the lines since the previous page.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "collector/fleet/turn.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// Starts to follow a device's log. `taken` is called on any thread: with lines, any number of
// times, and at the end once with an error, the reason of the end. Calling the returned function
// stops the following; `taken` may still be called afterwards. Thread-safe.
using FollowDeviceLog = std::function<std::function<void()>(
    const std::string& device_id, v1::LogLevel level,
    std::function<void(StatusOr<v1::FollowLogResponse>)> taken)>;

// A query that follows one log until it is destroyed. Query-confined. Keeps at most
// kLogLinesWaitingMax lines until the next page, and counts further ones as dropped.
class LogQuery {
 public:
  LogQuery(const FollowDeviceLog& follow, const std::string& device_id, v1::LogLevel level);
  ~LogQuery();

  // Returns the lines since the previous page; nothing if there are none yet: ask again later. Once
  // the following has ended and all lines are returned, returns its error. Ignores the turn,
  // because it never takes long.
  [[nodiscard]] StatusOr<std::optional<v1::FollowLogResponse>> NextPage(
      const Turn& turn = Turn::Endless());
  // Returns whether a page with nothing means "not yet" rather than the end.
  static bool waits() { return true; }

 private:
  struct Arrived;
  std::shared_ptr<Arrived> arrived_;
  std::function<void()> leave_;
};

}  // namespace godwit::collector
