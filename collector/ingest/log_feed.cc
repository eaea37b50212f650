#include "collector/ingest/log_feed.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "collector/limits.h"

namespace godwit::collector {

v1::FollowLog FollowOf(uint64_t id, v1::LogLevel level) {
  v1::FollowLog follow;
  follow.set_follower(id);
  follow.set_level(level);
  return follow;
}

Status LogFeed::Add(LogFollower follower) {
  if (followers_.size() >= size_t{kLogFollowersMax}) {
    return Error(StatusCode::kResourceExhausted,
                 Cat("at most ", kLogFollowersMax, " logs can be followed; try again later"));
  }
  const uint64_t id = follower.id;
  followers_.emplace(id, Following{.follower = std::move(follower)});
  return absl::OkStatus();
}

std::string LogFeed::Remove(uint64_t id) {
  const auto found = followers_.find(id);
  if (found == followers_.end()) return "";
  std::string device_id = std::move(found->second.follower.device_id);
  followers_.erase(found);
  return device_id;
}

std::vector<v1::FollowLog> LogFeed::Of(const std::string& device_id) const {
  std::vector<v1::FollowLog> out;
  for (const auto& [id, following] : followers_) {
    if (following.follower.device_id != device_id) continue;
    out.push_back(FollowOf(id, following.follower.level));
  }
  return out;
}

// What a device sends again when it comes back begins behind what was given.
void LogFeed::Give(Following& following, const v1::ReportLogRequest& report, bool again) {
  v1::FollowLogResponse response;
  const int64_t after = again ? following.last_unix_ns : 0;
  for (const v1::LogLine& line : report.lines()) {
    if (line.level() > following.follower.level || line.time_unix_ns() <= after) continue;
    v1::LogLine& out = *response.add_lines();
    out.set_time_unix_ns(line.time_unix_ns());
    out.set_level(line.level());
    out.set_text(PlainLines(CutUtf8(line.text(), kLogLineBytesMax)));
    following.last_unix_ns = std::max(following.last_unix_ns, line.time_unix_ns());
  }
  response.set_dropped(report.dropped());
  const bool is_first = !std::exchange(following.greeted, true);
  if (is_first || response.lines_size() > 0 || response.dropped() > 0) {
    following.follower.taken(std::move(response));
  }
}

Status LogFeed::Take(const std::string& device_id, const v1::ReportLogRequest& report) {
  if (report.lines_size() > static_cast<int>(kLogLinesPerReport)) {
    return Error(StatusCode::kInvalidArgument, Cat("lines: more than ", kLogLinesPerReport));
  }
  if (report.follower() == 0) {
    for (auto& [id, following] : followers_) {
      const bool wants = following.follower.device_id == device_id && following.greeted;
      if (wants) Give(following, report, false);
    }
    return absl::OkStatus();
  }
  const auto found = followers_.find(report.follower());
  // It may have gone meanwhile.
  if (found == followers_.end() || found->second.follower.device_id != device_id) {
    return absl::OkStatus();
  }
  if (report.refusal().empty()) {
    Give(found->second, report, true);
    return absl::OkStatus();
  }
  const LogTaken taken = std::move(found->second.follower.taken);
  followers_.erase(found);
  taken(Error(StatusCode::kPermissionDenied,
              PlainLines(CutUtf8(report.refusal(), kLogLineBytesMax))));
  return absl::OkStatus();
}

void LogFeed::End(const Status& why) {
  for (auto& [id, following] : std::exchange(followers_, {})) following.follower.taken(why);
}

}  // namespace godwit::collector
