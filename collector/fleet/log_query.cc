#include "collector/fleet/log_query.h"

#include <utility>

#include "base/mutex.h"
#include "collector/limits.h"

namespace godwit::collector {

struct LogQuery::Arrived {
  Mutex mutex;
  std::optional<v1::FollowLogResponse> page ABSL_GUARDED_BY(mutex);
  Status end ABSL_GUARDED_BY(mutex);

  void Take(StatusOr<v1::FollowLogResponse> came) {
    const MutexLock lock(mutex);
    if (!came.ok()) {
      end = came.status();
      return;
    }
    if (!page) page.emplace();
    page->set_dropped(page->dropped() + came->dropped());
    for (v1::LogLine& line : *came->mutable_lines()) {
      if (page->lines_size() < static_cast<int>(kLogLinesWaitingMax)) {
        *page->add_lines() = std::move(line);
      } else {
        page->set_dropped(page->dropped() + 1);
      }
    }
  }
};

LogQuery::LogQuery(const FollowDeviceLog& follow, const std::string& device_id, v1::LogLevel level)
    : arrived_(std::make_shared<Arrived>()) {
  leave_ = follow(device_id, level == v1::LOG_LEVEL_UNSPECIFIED ? v1::LOG_LEVEL_INFO : level,
                  [arrived = arrived_](StatusOr<v1::FollowLogResponse> came) {
                    arrived->Take(std::move(came));
                  });
}

LogQuery::~LogQuery() {
  leave_();
}

StatusOr<std::optional<v1::FollowLogResponse>> LogQuery::NextPage(const Turn&) {
  const MutexLock lock(arrived_->mutex);
  if (arrived_->page) return std::exchange(arrived_->page, std::nullopt);
  if (!arrived_->end.ok()) return arrived_->end;
  return std::optional<v1::FollowLogResponse>();
}

}  // namespace godwit::collector
