#include "agent/device/data_path.h"

#include <utility>

namespace godwit::agent {

DataPath::DataPath(std::unique_ptr<Spool> spool, const BatchOptions& options,
                   std::vector<SampledSensor> sensors, Dependencies dependencies, Owner owner)
    : dependencies_(dependencies),
      owner_(std::move(owner)),
      spool_(std::move(spool)),
      spool_stats_(spool_->stats()),
      recorder_(dependencies.storage, RecordLogOf()),
      sampler_(std::make_unique<Sampler>(
          options, std::move(sensors), dependencies.clock, dependencies.loop,
          [this](SealedBatch sealed) { Record(std::move(sealed)); })) {}

Recorder::Log DataPath::RecordLogOf() {
  return {
      .append = [this](EncodedBatch batch) { dependencies_.log.Append(*spool_, std::move(batch)); },
      .lose = [this](BatchLoss loss) { dependencies_.log.Lose(*spool_, loss); },
      .appended = [this] { Appended(); }};
}

// Its reading goes behind its writing: one wake-up of storage, and one of the loop.
void DataPath::Record(SealedBatch sealed) {
  dependencies_.log.Sealed(sealed);
  recorder_.Submit(std::move(sealed));
  owner_.sealed();
}

// On storage.
void DataPath::Appended() {
  dependencies_.loop.PostLazily([this, stats = spool_->stats()] {
    spool_stats_ = stats;
    owner_.appended();
  });
}

void DataPath::EndRun(std::function<void()> done) {
  dependencies_.storage.Post([this, done = std::move(done)]() mutable {
    spool_->End();
    dependencies_.loop.Post(std::move(done));
  });
}

}  // namespace godwit::agent
