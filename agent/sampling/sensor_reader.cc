#include "agent/sampling/sensor_reader.h"

#include <cstdint>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/mutex.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {

class SensorReader::Gate {
 public:
  explicit Gate(SensorReader& reader) : reader_(&reader) {}

  void Close() {
    const MutexLock lock(mutex_);
    reader_ = nullptr;
  }

  // From the worker. The reader may go between the post and the task: both look here.
  static void Send(const std::shared_ptr<Gate>& gate, Reading reading) {
    const MutexLock lock(gate->mutex_);
    if (gate->reader_ == nullptr) return;
    gate->reader_->loop_.Post([gate, reading = std::move(reading)]() mutable {
      if (gate->reader_ != nullptr) gate->reader_->Ended(std::move(reading));
    });
  }

 private:
  Mutex mutex_;
  SensorReader* reader_;  // written on the loop only, with the mutex held
};

struct SensorReader::Subject {
  std::shared_ptr<Sensor> sensor;
  uint64_t layout = 0;

  Reading Read(const Tick& tick, Readings values) {
    Reading reading{.status = sensor->Read(tick, values), .values = std::move(values)};
    if (sensor->layout() != layout) {
      layout = sensor->layout();
      reading.groups = sensor->groups();
    }
    reading.refused = sensor->refused();
    return reading;
  }
};

SensorReader::SensorReader(SampledSensor sampled, Executor& loop)
    : sampled_(std::move(sampled)),
      loop_(loop),
      gate_(std::make_shared<Gate>(*this)),
      subject_(std::make_shared<Subject>()) {
  subject_->sensor = sampled_.sensor;
  subject_->layout = sampled_.sensor->layout();
  for (const Table& table : sampled_.sensor->groups()) shape_.push_back(table.series.size());
}

SensorReader::~SensorReader() {
  gate_->Close();
}

Readings SensorReader::EmptyReadings() {
  Readings readings = std::exchange(spare_, {});
  readings.resize(shape_.size());
  for (size_t i = 0; i < shape_.size(); ++i) {
    readings[i].resize(shape_[i]);
    for (Value& value : readings[i]) value.emplace<std::monostate>();
  }
  return readings;
}

void SensorReader::Read(const Tick& tick, std::function<void(const Reading&)> done) {
  // The sampler asks reading() first: a tick beside a reading that hangs is not taken.
  GODWIT_CHECK(!reading_);
  reading_ = waiting_ = true;
  done_ = std::move(done);
  if (sampled_.worker == nullptr || !sampled_.sensor->MayBlock(tick)) {
    return Ended(subject_->Read(tick, EmptyReadings()));
  }
  deadline_ = loop_.PostAfter(sampled_.timeout, [this] { TimeOut(); });
  sampled_.worker([gate = gate_, subject = subject_, tick, values = EmptyReadings()]() mutable {
    Gate::Send(gate, subject->Read(tick, std::move(values)));
  });
}

void SensorReader::Ended(Reading reading) {
  deadline_.reset();
  reading_ = false;
  const bool in_time = std::exchange(waiting_, false);
  if (reading.groups) {
    shape_.clear();
    for (const Table& table : *reading.groups) shape_.push_back(table.series.size());
  }
  if (!in_time) {
    // Its tick has had its nulls. What it said of its groups it will say again.
    if (reading.groups) subject_->layout = 0;
    return;
  }
  std::exchange(done_, nullptr)(reading);
  spare_ = std::move(reading.values);
}

void SensorReader::TimeOut() {
  waiting_ = false;
  std::exchange(done_,
                nullptr)({.status = Error(StatusCode::kDeadlineExceeded,
                                          Cat("no answer within ", DurationText(sampled_.timeout))),
                          .values = {}});
}

}  // namespace godwit::agent
