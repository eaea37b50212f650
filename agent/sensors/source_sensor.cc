#include "agent/sensors/source_sensor.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {
namespace {

// Between two searches when nothing has failed.
constexpr int64_t kSearchPeriodNs = 60'000'000'000;
constexpr size_t kSourcesMax = 512;

class SourceSensor final : public Sensor {
 public:
  SourceSensor(SensorInput& input, FindSources find, Attributes attributes, LaneOptions lanes)
      : input_(input),
        find_(std::move(find)),
        attributes_(std::move(attributes)),
        wait_(lanes.wait),
        lanes_(std::move(lanes), input) {}

  const std::vector<Table>& groups() const override { return groups_; }
  uint64_t layout() const override { return layout_; }
  uint64_t refused() const override { return refused_; }

  Status Read(const Tick& tick, Readings& readings) override {
    const bool due = std::abs(tick.time_unix_ns - searched_ns_) >= kSearchPeriodNs;
    if (layout_ == 0 || due || search_again_) Search(tick);
    search_again_ = !missing_.ok();
    problem_ = missing_;
    problems_ = missing_.ok() ? 0 : 1;
    std::vector<Value>& values = readings[0];
    values.clear();
    const std::vector<DeviceReading> device_readings = ReadDevices();
    for (size_t i = 0; i < devices_.size(); ++i) Take(*devices_[i], device_readings[i], values);
    if (beyond_ > 0) {
      refused_ += beyond_;
      Note(
          Error(StatusCode::kResourceExhausted, Cat("more than ", kSourcesMax, " values; ", beyond_,
                                                    " not read; the first: ", first_beyond_)));
    }
    if (problems_ <= 1) return problem_;
    return Error(problem_.code(), Cat(Message(problem_), "; problems: ", problems_));
  }

 private:
  void Note(Status status) {
    if (problems_++ == 0) problem_ = std::move(status);
  }

  // A single device has nobody to hold up. Once there were several, a lane may still be reading it.
  std::vector<DeviceReading> ReadDevices() {
    had_several_ |= devices_.size() > 1;
    if (had_several_ || devices_.empty()) return lanes_.Read(devices_);
    std::vector<DeviceReading> readings(1);
    readings[0].values = devices_[0]->Read();
    return readings;
  }

  void Take(const SourceDevice& device, const DeviceReading& reading, std::vector<Value>& values) {
    if (!reading.values) {
      Note(Error(StatusCode::kUnavailable,
                 Cat(device.name(), reading.asked
                                        ? Cat(": no answer within ", DurationText(wait_))
                                        : Cat(": not read, ", kLanesMax, " other devices hang"))));
      values.resize(values.size() + device.sources().size());
      return;
    }
    for (const StatusOr<Value>& value : *reading.values) {
      values.push_back(value.ok() ? *value : Value{});
      if (value.ok()) continue;
      search_again_ = true;
      Note(value.status());
    }
  }

  // Keeps the devices that are still there as they are.
  void Search(const Tick& tick) {
    searched_ns_ = tick.time_unix_ns;
    auto found = find_(input_);
    missing_ = found.status();
    layout_ = std::max<uint64_t>(layout_, 1);
    // A folder that cannot be listed now says nothing about what was found in it.
    if (!found.ok()) return;
    std::vector<Source> sources = *std::move(found);
    beyond_ = sources.size() - std::min(sources.size(), kSourcesMax);
    if (beyond_ > 0) first_beyond_ = sources[kSourcesMax].path;
    sources.resize(sources.size() - beyond_);
    std::vector<Source> now;
    for (const auto& device : devices_) {
      now.insert(now.end(), device->sources().begin(), device->sources().end());
    }
    if (now != sources) SetSources(std::move(sources));
  }

  void SetSources(std::vector<Source> sources) {
    groups_[0].series.clear();
    for (const Source& source : sources) {
      groups_[0].series.push_back(source.series);
      groups_[0].series.back().attributes.insert(attributes_.begin(), attributes_.end());
    }
    const auto before = std::exchange(devices_, {});
    for (auto from = sources.begin(); from != sources.end();) {
      const auto to = std::find_if(from, sources.end(),
                                   [&](const Source& each) { return each.device != from->device; });
      const std::vector<Source> own(from, to);
      const auto same = std::find_if(before.begin(), before.end(),
                                     [&](const auto& each) { return each->sources() == own; });
      devices_.push_back(same == before.end() ? std::make_shared<SourceDevice>(input_, own)
                                              : *same);
      from = to;
    }
    ++layout_;
  }

  SensorInput& input_;
  FindSources find_;
  Attributes attributes_;
  const absl::Duration wait_;
  std::vector<std::shared_ptr<SourceDevice>> devices_;
  bool had_several_ = false;
  DeviceLanes lanes_;
  std::vector<Table> groups_ = std::vector<Table>(1);
  uint64_t layout_ = 0;  // 0: nothing was searched for yet
  int64_t searched_ns_ = 0;
  Status missing_;     // what the last search says of the whole
  size_t beyond_ = 0;  // sources that the last search left out, and the first of them
  std::string first_beyond_;
  uint64_t refused_ = 0;
  bool search_again_ = false;
  // Of this reading: the first problem, and how many there are.
  Status problem_;
  size_t problems_ = 0;
};

}  // namespace

std::unique_ptr<Sensor> MakeSourceSensor(SensorInput& input, FindSources find,
                                         Attributes attributes, LaneOptions lanes) {
  return std::make_unique<SourceSensor>(input, std::move(find), std::move(attributes),
                                        std::move(lanes));
}

}  // namespace godwit::agent
