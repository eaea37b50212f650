// The way of a sample through the device: the sampler reads and seals batches, the recorder encodes
// them on storage, and the spool keeps them.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "agent/device/ports.h"
#include "agent/sampling/recorder.h"
#include "agent/sampling/sampler.h"
#include "agent/spool/spool.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::agent {

// Loop-confined, but for what the recorder calls on storage.
class DataPath {
 public:
  // All of them outlive it, and storage runs nothing of it any more when it is destroyed.
  struct Dependencies {
    const Clock& clock;
    Executor& loop;
    Executor& storage;
    RecordLog& log;
  };
  struct Owner {
    // A batch was sealed, and is on its way into the spool.
    std::function<void()> sealed;
    // The spool has it, or has lost it; the statistics are those after it.
    std::function<void()> appended;
  };

  DataPath(std::unique_ptr<Spool> spool, const BatchOptions& options,
           std::vector<SampledSensor> sensors, Dependencies dependencies, Owner owner);

  Sampler& sampler() { return *sampler_; }
  Spool& spool() { return *spool_; }  // storage-confined
  // After the last record.
  const SpoolStats& spool_stats() const { return spool_stats_; }
  const Recorder& recorder() const { return recorder_; }

  // Ends the spool's run behind all that was sealed. Calls `done` on the loop then.
  void EndRun(std::function<void()> done);
  // The sensors are gone when it returns.
  void ReleaseSensors() { sampler_.reset(); }

 private:
  Recorder::Log RecordLogOf();
  void Record(SealedBatch sealed);
  void Appended();

  const Dependencies dependencies_;
  const Owner owner_;
  const std::unique_ptr<Spool> spool_;  // storage-confined
  SpoolStats spool_stats_;
  Recorder recorder_;
  std::unique_ptr<Sampler> sampler_;
};

}  // namespace godwit::agent
