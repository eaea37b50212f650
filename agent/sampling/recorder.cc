#include "agent/sampling/recorder.h"

#include <string_view>
#include <utility>

#include "agent/limits.h"
#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/batch_codec.h"

namespace godwit::agent {

Recorder::Recorder(Executor& storage, Log log) : storage_(storage), log_(std::move(log)) {}

void Recorder::Submit(SealedBatch sealed) {
  if (submitted_ >= kSealedBatchesMax) {
    // Its place in the run is kept, so that the gap stands where the samples would.
    storage_.Post([this] { log_.lose(BatchLoss::kOverload); });
    return Lose(sealed.batch, "the disk is too slow");
  }
  ++submitted_;
  storage_.Post([this, sealed = std::move(sealed)]() mutable {
    --submitted_;
    Record(std::move(sealed));
  });
}

void Recorder::Record(SealedBatch sealed) {
  GODWIT_CHECK_RUNS_ON(storage_);
  auto bytes = EncodeBatch(sealed.batch);
  if (!bytes.ok()) {
    log_.lose(BatchLoss::kTooLarge);
    Lose(sealed.batch, Message(bytes.status()));
  } else {
    log_.append({.tables = std::move(sealed.tables),
                 .bytes = *std::move(bytes),
                 .span = SpanOf(sealed.batch)});
    if (losing_.exchange(false)) {
      LogInfo(
          Cat("samples are recorded again; samples lost since the start: ", lost_samples_.load()));
    }
  }
  log_.appended();
}

// Counted each time, logged when the losing begins.
void Recorder::Lose(const Batch& batch, std::string_view reason) {
  lost_samples_ += SampleCount(batch);
  if (!losing_.exchange(true)) LogError(Cat("samples are being lost: ", reason));
}

}  // namespace godwit::agent
