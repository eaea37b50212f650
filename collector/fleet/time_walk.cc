#include "collector/fleet/time_walk.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "collector/limits.h"

namespace godwit::collector {

bool TimeWalk::Later(const std::unique_ptr<Active>& a, const std::unique_ptr<Active>& b) {
  return std::tuple(a->time(), a->cursor, a->order) > std::tuple(b->time(), b->cursor, b->order);
}

StatusOr<std::optional<TimeWalk::Step>> TimeWalk::Next(const Turn& turn) {
  if (current_ != nullptr) {
    ++current_->tick;
    Push(std::move(current_));
  }
  GODWIT_ASSIGN_OR_RETURN(const bool loaded, Load(turn));
  if (!loaded || active_.empty()) return std::optional<Step>();
  std::pop_heap(active_.begin(), active_.end(), Later);
  current_ = std::move(active_.back());
  active_.pop_back();
  return std::optional<Step>({current_->time(), current_->tick, &current_->piece});
}

// Decodes every record that may have a tick at the earliest time in hand or before it, and at least
// one if there is none in hand. False when the turn is over first.
StatusOr<bool> TimeWalk::Load(const Turn& turn) {
  while (true) {
    if (opening_) {
      if (turn.over()) return false;
      GODWIT_ASSIGN_OR_RETURN(auto piece, opening_->Next());
      if (piece) {
        GODWIT_RETURN_IF_ERROR(Add(*std::move(piece)));
      } else {
        opening_.reset();
      }
      continue;
    }
    if (at_end_) return true;
    if (!ahead_) {
      if (turn.over()) return false;
      GODWIT_ASSIGN_OR_RETURN(ahead_, reader_.NextByTime(device_, cursor_, times_));
      at_end_ = !ahead_;
      if (at_end_) return true;
      cursor_ = ahead_->place;
    }
    if (!active_.empty() && ahead_->place.first_unix_ns > active_.front()->time()) return true;
    opening_cursor_ = ahead_->cursor;
    opening_order_ = 0;
    opening_.emplace(reader_, selection_, *std::exchange(ahead_, std::nullopt));
  }
}

Status TimeWalk::Add(Piece piece) {
  values_ += piece.values();
  if (values_ > kQueryValuesMax) {
    return Error(StatusCode::kResourceExhausted,
                 Cat("more than ", kQueryValuesMax,
                     " values overlap in time; narrow the pattern, or use: godwit export"));
  }
  auto active = std::make_unique<Active>();
  active->piece = std::move(piece);
  active->cursor = opening_cursor_;
  active->order = opening_order_++;
  Push(std::move(active));
  return absl::OkStatus();
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
