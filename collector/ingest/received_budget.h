// The memory of what is received and undecided: bytes of messages, in all and by device.
//
// A stream asks before it is read. Of the limit,
//   - one device holds at most a quarter;
//   - beyond all of it only devices are read that hold little (kLittleReceived), up to
//     kReceivedHardFactor of it.
// Streams that may not be read wait in a FairQueue and go on when bytes are released. What is on
// its way by then, one message a stream, is taken up to kReceivedHardFactor of the limit.
//
// Tables that wait for their record are held without an end of their own. They are bounded by a
// quarter of the limit, so that of a full budget most is on its way to a verdict: what waits
// continues.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "base/units.h"
#include "collector/ingest/fair_queue.h"
#include "collector/ingest/recent_use.h"

namespace godwit::collector {

// The budget. Ingest-confined.
class ReceivedBudget {
 public:
  using Resume = std::function<void()>;

  // `use` outlives it.
  ReceivedBudget(ByteCount limit, RecentUse& use) : limit_(limit), waiting_(use) {}

  // Returns whether a received message may be kept.
  bool HasRoomFor(size_t bytes) const;
  void Charge(const std::string& device, size_t bytes);
  // Releases bytes, and resumes waiting streams.
  void Release(const std::string& device, size_t bytes);
  // Records how much of the charged bytes is held by tables that wait for their record.
  void HoldTables(size_t bytes) { tables_ += bytes; }
  void LetTablesGo(size_t bytes) { tables_ -= bytes; }
  bool HoldsTooManyTables() const;

  // Returns whether a stream of the device may be read now.
  bool MayRead(const std::string& device) const;
  // Calls `resume` once, when the stream may be read. It is expected to bring `expected` bytes.
  // Returns the number by which it leaves; never 0.
  uint64_t Wait(const std::string& device, size_t expected, Resume resume);
  void Leave(const std::string& device, uint64_t number) { waiting_.Remove(device, number); }

  size_t total() const { return total_; }
  struct Statistics {
    uint64_t bytes = 0;  // charged
    uint64_t waits = 0;  // since the start
  };
  // Thread-safe.
  Statistics statistics() const { return {.bytes = total_, .waits = waits_}; }

 private:
  struct Waiting {
    size_t expected = 0;
    Resume resume;
  };
  size_t HeldBy(const std::string& device) const;
  size_t Share(double share) const;
  void ResumeWaiting();

  const ByteCount limit_;
  std::atomic<size_t> total_ = 0;
  std::atomic<uint64_t> waits_ = 0;
  size_t tables_ = 0;
  std::unordered_map<std::string, size_t> held_;  // by device, none of 0
  FairQueue<Waiting> waiting_;
  bool resuming_ = false;
};

}  // namespace godwit::collector
