#include "collector/identity/refused_callers.h"

#include <utility>

#include "base/foreign_text.h"
#include "collector/limits.h"

namespace godwit::collector {

bool RefusedCallers::Note(RefusedCaller caller) {
  for (std::string* text : {&caller.certificate, &caller.address, &caller.reason}) {
    *text = ForeignText(*text, kRefusedCallerTextBytesMax);
  }
  const MutexLock lock(mutex_);
  bool is_news = true;
  caller.calls = 1;
  if (const auto found = by_device_.find(caller.device_id); found != by_device_.end()) {
    is_news = found->second->reason != caller.reason;
    caller.calls += found->second->calls;
    callers_.erase(found->second);
  } else if (callers_.size() == kRefusedCallersMax) {
    by_device_.erase(callers_.back().device_id);
    callers_.pop_back();
  }
  callers_.push_front(std::move(caller));
  by_device_[callers_.front().device_id] = callers_.begin();
  return is_news;
}

void RefusedCallers::NoteIdentified(const std::string& device_id, int64_t now_unix_ns) {
  const MutexLock lock(mutex_);
  const auto found = by_device_.find(device_id);
  if (found == by_device_.end() || found->second->identified_unix_ns != 0) return;
  found->second->identified_unix_ns = now_unix_ns;
}

std::vector<RefusedCaller> RefusedCallers::List() const {
  const MutexLock lock(mutex_);
  return {callers_.begin(), callers_.end()};
}

}  // namespace godwit::collector
