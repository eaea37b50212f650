// The collector's side of logs that are followed: devices learn who follows, and report.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "collector/ingest/command_session.h"
#include "collector/ingest/ingest.h"
#include "collector/limits.h"

namespace godwit::collector {

void Ingest::FollowLog(LogFollower follower) {
  const std::string device_id = follower.device_id;
  const v1::FollowLog follow = FollowOf(follower.id, follower.level);
  const LogTaken taken = follower.taken;
  if (stopping_) return taken(Stopping().status);
  if (!streams_by_device_.contains(device_id))
    return taken(Error(StatusCode::kAborted, "the device is not connected"));
  if (const Status status = log_feed_.Add(std::move(follower)); !status.ok()) return taken(status);
  SendFollow(device_id, follow);
}

void Ingest::LeaveLog(uint64_t id) {
  const std::string device_id = log_feed_.Remove(id);
  if (!device_id.empty()) SendFollow(device_id, FollowOf(id, v1::LOG_LEVEL_UNSPECIFIED));
}

void Ingest::SendFollow(const std::string& device_id, const v1::FollowLog& follow) {
  ForStreamsOf(device_id, [&](CommandSession& stream) { stream.FollowLog(follow); });
}

void Ingest::ReportLog(const v1::ReportLogRequest& request, LogReported done, CallerGone,
                       const Caller& caller) {
  if (stopping_) return done(Stopping(), {});
  const auto device = DeviceOf(request.session_token(), caller);
  if (!device.ok()) return done({device.status(), std::nullopt}, {});
  done({log_feed_.Take(*device, request), std::nullopt}, {});
}

}  // namespace godwit::collector
