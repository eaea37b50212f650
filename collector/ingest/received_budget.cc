#include "collector/ingest/received_budget.h"

#include <utility>

#include "base/check.h"
#include "collector/ingest/ingest_limits.h"

namespace godwit::collector {

size_t ReceivedBudget::Share(double share) const {
  return static_cast<size_t>(static_cast<double>(limit_) * share);
}

size_t ReceivedBudget::HeldBy(const std::string& device) const {
  const auto found = held_.find(device);
  return found == held_.end() ? 0 : found->second;
}

bool ReceivedBudget::HasRoomFor(size_t bytes) const {
  return total_ + kReceivedRoomFactor * bytes <= Share(kReceivedHardFactor);
}

void ReceivedBudget::Charge(const std::string& device, size_t bytes) {
  if (bytes == 0) return;
  total_ += bytes;
  held_[device] += bytes;
}

void ReceivedBudget::Release(const std::string& device, size_t bytes) {
  if (bytes == 0) return;
  const auto held = held_.find(device);
  GODWIT_CHECK(held != held_.end() && held->second >= bytes);
  total_ -= bytes;
  held->second -= bytes;
  if (held->second == 0) held_.erase(held);
  // A device that holds little by now does not wait for the others.
  if (HeldBy(device) < kLittleReceived && MayRead(device)) {
    if (auto next = waiting_.PopOf(device)) next->resume();
  }
  ResumeWaiting();
}

bool ReceivedBudget::HoldsTooManyTables() const {
  return tables_ > Share(kReceivedShareOfTables);
}

bool ReceivedBudget::MayRead(const std::string& device) const {
  const size_t held = HeldBy(device);
  if (held < kLittleReceived) return total_ < Share(kReceivedHardFactor);
  return held < Share(kReceivedShareOfDevice) && total_ < limit_;
}

uint64_t ReceivedBudget::Wait(const std::string& device, size_t expected, Resume resume) {
  ++waits_;
  return waiting_.Push(device, {.expected = expected, .resume = std::move(resume)});
}

void ReceivedBudget::ResumeWaiting() {
  if (std::exchange(resuming_, true)) return;
  size_t expected = 0;
  // What they bring comes a moment later. While something else is on its way to a verdict there
  // will be another release; otherwise all have to go on now.
  while (total_ == tables_ || total_ + expected < limit_) {
    auto next = waiting_.Pop([this](const std::string& device) { return MayRead(device); });
    if (!next) break;
    expected += next->second.expected;
    next->second.resume();
  }
  resuming_ = false;
}

}  // namespace godwit::collector
