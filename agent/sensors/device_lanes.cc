#include "agent/sensors/device_lanes.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>

#include "base/mutex.h"

namespace godwit::agent {
namespace {

// After this time without progress, another lane continues with the devices that wait.
constexpr absl::Duration kLanePatience = absl::Milliseconds(100);

using Values = std::vector<StatusOr<Value>>;

}  // namespace

struct DeviceLanes::Board {
  using Device = std::shared_ptr<SourceDevice>;
  struct Asked {
    bool waiting = false;          // a lane asks it
    std::optional<Values> answer;  // not handed out yet
    absl::Duration answer_since;   // when its question was put
  };

  Mutex mutex;
  CondVar all_answered;
  std::deque<Device> queue ABSL_GUARDED_BY(mutex);  // to be asked
  std::map<Device, Asked> asked ABSL_GUARDED_BY(mutex);
  uint64_t reading ABSL_GUARDED_BY(mutex) = 0;  // its number
  // Devices that this reading asks, or is going to ask.
  size_t unanswered ABSL_GUARDED_BY(mutex) = 0;
  std::deque<size_t> idle_lanes ABSL_GUARDED_BY(mutex);

  // On a lane: asks until nobody is left to be asked.
  void Run(size_t lane, SensorInput& clock) {
    MutexLock lock(mutex);
    while (!queue.empty()) {
      const Device device = std::move(queue.front());
      queue.pop_front();
      Asked& ask = asked[device];  // stays there while it waits
      ask.waiting = true;
      const auto since = absl::Seconds(clock.SecondsSinceBoot());
      const uint64_t asked_by = reading;
      lock.Unlock();
      Values values = device->Read();
      lock.Lock();
      ask.waiting = false;
      ask.answer = std::move(values);
      ask.answer_since = since;
      if (asked_by == reading && --unanswered == 0) all_answered.NotifyOne();
    }
    idle_lanes.push_back(lane);
  }

  // The sensor has these devices now.
  void Begin(const std::vector<Device>& devices) {
    const MutexLock lock(mutex);
    ++reading;
    std::erase_if(asked, [&](const auto& each) {
      const bool gone = std::find(devices.begin(), devices.end(), each.first) == devices.end();
      return gone && !each.second.waiting;
    });
    for (const Device& device : devices) {
      const auto found = asked.find(device);
      if (found == asked.end() || !found->second.waiting) queue.push_back(device);
    }
    unanswered = queue.size();
  }

  DeviceReading HandOut(const Device& device, absl::Duration now, absl::Duration age_max)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    DeviceReading out;
    const auto found = asked.find(device);
    if (found == asked.end()) return out;
    out.asked = true;
    auto answer = std::exchange(found->second.answer, std::nullopt);
    if (answer && now - found->second.answer_since <= age_max) out.values = std::move(answer);
    return out;
  }
};

DeviceLanes::DeviceLanes(LaneOptions options, SensorInput& input)
    : options_(std::move(options)), input_(input), board_(std::make_shared<Board>()) {}

DeviceLanes::~DeviceLanes() {
  const MutexLock lock(board_->mutex);
  board_->queue.clear();
}

void DeviceLanes::StartLane() {
  size_t lane = lanes_.size();
  {
    const MutexLock lock(board_->mutex);
    if (!board_->idle_lanes.empty()) {
      lane = board_->idle_lanes.front();
      board_->idle_lanes.pop_front();
    }
  }
  if (lane == kLanesMax) return;
  if (lane == lanes_.size()) lanes_.push_back(options_.make_lane());
  lanes_[lane]([board = board_, lane, &input = input_] { board->Run(lane, input); });
}

// Starts a lane at once, and one more each time that nothing was answered for a while.
void DeviceLanes::AwaitAnswers() {
  const absl::Duration end = Now() + options_.wait;
  const absl::Duration patience = std::min(kLanePatience, options_.wait / 4);
  size_t before = SIZE_MAX;
  while (true) {
    MutexLock lock(board_->mutex);
    const bool stalled = before == SIZE_MAX || board_->unanswered == before;
    before = board_->unanswered;
    if (before == 0) return;
    if (stalled && !board_->queue.empty()) {
      lock.Unlock();
      StartLane();
      lock.Lock();
    }
    const absl::Duration left = std::min(end - Now(), patience);
    if (left <= absl::ZeroDuration()) return;
    board_->all_answered.AwaitFor(
        board_->mutex, left,
        [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(board_->mutex) { return board_->unanswered == 0; });
  }
}

std::vector<DeviceReading> DeviceLanes::Read(
    const std::vector<std::shared_ptr<SourceDevice>>& devices) {
  board_->Begin(devices);
  AwaitAnswers();
  std::vector<DeviceReading> readings;
  const MutexLock lock(board_->mutex);
  board_->queue.clear();
  for (const auto& device : devices) {
    readings.push_back(board_->HandOut(device, Now(), options_.age_max));
  }
  return readings;
}

}  // namespace godwit::agent
