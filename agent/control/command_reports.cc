#include "agent/control/command_reports.h"

#include <algorithm>
#include <utility>

#include "agent/control/limits.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

void CommandReports::AddResult(const CommandId& id) {
  if (!Contains(id)) waiting_.push_back({.id = id, .refusal = std::nullopt});
}

void CommandReports::AddRefusal(const JournalEntry& refusal) {
  if (Contains(refusal.id)) return;
  if (refusals_ >= kRefusalsWaitingMax) {
    ++dropped_;
    if (!std::exchange(is_dropping_, true)) {
      LogWarning(Cat("command: ", kRefusalsWaitingMax,
                     " refusals wait to be reported; the agent reports further ones when the "
                     "collector sends the command again"));
    }
    return;
  }
  ++refusals_;
  waiting_.push_back({.id = refusal.id, .refusal = refusal});
}

bool CommandReports::Contains(const CommandId& id) const {
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [&](const Report& other) { return other.id == id; });
}

void CommandReports::PopFront() {
  if (waiting_.front().refusal) --refusals_;
  waiting_.pop_front();
  if (waiting_.empty()) is_dropping_ = false;
}

}  // namespace godwit::agent
