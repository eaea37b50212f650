#include "collector/fleet/time_walk.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "collector/limits.h"

namespace godwit::collector {

bool TimeWalk::Later(const std::unique_ptr<Active>& a, const std::unique_ptr<Active>& b) {
  return std::tuple(a->time(), a->cursor, a->order) > std::tuple(b->time(), b->cursor, b->order);
}

StatusOr<std::optional<TimeWalk::Step>> TimeWalk::Next() {
  if (current_ != nullptr) {
    ++current_->tick;
    Push(std::move(current_));
  }
  GODWIT_RETURN_IF_ERROR(
      LoadUpTo(active_.empty() ? std::numeric_limits<int64_t>::min() : active_.front()->time()));
  if (active_.empty()) return std::optional<Step>();
  std::pop_heap(active_.begin(), active_.end(), Later);
  current_ = std::move(active_.back());
  active_.pop_back();
  return std::optional<Step>({current_->time(), current_->tick, &current_->piece});
}

// Decodes every record that may have a tick at that time or before it, and at least one if there is
// none in hand.
Status TimeWalk::LoadUpTo(int64_t time_unix_ns) {
  while (!at_end_) {
    if (!ahead_) {
      GODWIT_ASSIGN_OR_RETURN(ahead_, reader_.NextByTime(device_, cursor_, times_));
      if (!ahead_) {
        at_end_ = true;
        break;
      }
      cursor_ = ahead_->place;
    }
    if (!active_.empty() && ahead_->place.first_unix_ns > time_unix_ns) break;
    GODWIT_RETURN_IF_ERROR(Activate(*std::exchange(ahead_, std::nullopt)));
    if (!active_.empty()) time_unix_ns = active_.front()->time();
  }
  return absl::OkStatus();
}

Status TimeWalk::Activate(StoredRecord record) {
  const RecordCursor cursor = record.cursor;
  PieceReader pieces(reader_, selection_, std::move(record));
  for (size_t order = 0;; ++order) {
    GODWIT_ASSIGN_OR_RETURN(auto piece, pieces.Next());
    if (!piece) return absl::OkStatus();
    values_ += piece->values();
    if (values_ > kQueryValuesMax) {
      return Error(StatusCode::kResourceExhausted,
                   Cat("more than ", kQueryValuesMax,
                       " values overlap in time; narrow the pattern, or use: godwit export"));
    }
    auto active = std::make_unique<Active>();
    active->piece = *std::move(piece);
    active->cursor = cursor;
    active->order = order;
    Push(std::move(active));
  }
}

// Its next tick within the range is what counts; without one it goes.
void TimeWalk::Push(std::unique_ptr<Active> active) {
  const auto& ticks = active->piece.ticks;
  while (active->tick < ticks.size() && !times_.Contains(active->time())) ++active->tick;
  if (active->tick == ticks.size()) {
    values_ -= active->piece.values();
    return;
  }
  active_.push_back(std::move(active));
  std::push_heap(active_.begin(), active_.end(), Later);
}

}  // namespace godwit::collector
