// Distributes devices' logs to their followers. A device that disconnects and returns is followed
// again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// Receives lines; or, once and last, the reason why there are no more.
using LogTaken = std::function<void(StatusOr<v1::FollowLogResponse>)>;

struct LogFollower {
  uint64_t id = 0;  // of this start of the collector; never 0
  std::string device_id;
  v1::LogLevel level = v1::LOG_LEVEL_INFO;
  LogTaken taken;
};

// Returns the message to the device about a follower.
v1::FollowLog FollowOf(uint64_t id, v1::LogLevel level);

// The followers of logs. Ingest-confined.
class LogFeed {
 public:
  // Adds a follower. kResourceExhausted: there are too many.
  [[nodiscard]] Status Add(LogFollower follower);
  // Removes a follower. Returns the device it followed; empty: it has gone already.
  std::string Remove(uint64_t id);

  // Returns the messages for a device that connects.
  std::vector<v1::FollowLog> Of(const std::string& device_id) const;
  // Distributes a report. kInvalidArgument: it is nothing that a device would send.
  [[nodiscard]] Status Take(const std::string& device_id, const v1::ReportLogRequest& report);
  void End(const Status& why);

 private:
  struct Following {
    LogFollower follower;
    bool greeted = false;
    int64_t last_unix_ns = 0;  // of the lines it was given
  };
  static void Give(Following& following, const v1::ReportLogRequest& report, bool again);

  std::map<uint64_t, Following> followers_;
};

}  // namespace godwit::collector
