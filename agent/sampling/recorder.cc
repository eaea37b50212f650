#include "agent/sampling/recorder.h"

#include <utility>

#include "agent/limits.h"
#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/batch_codec.h"

namespace godwit::agent {

Recorder::Recorder(Executor& storage, AppendRecord append, Appended appended)
    : storage_(storage), append_(std::move(append)), appended_(std::move(appended)) {}

void Recorder::Submit(SealedBatch sealed) {
  if (submitted_ >= kSealedBatchesMax) {
    Lose(sealed.batch, "the disk does not keep up");
    return;
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
    Lose(sealed.batch, Message(bytes.status()));
  } else if (waiting_.size() >= kSealedBatchesMax) {
    // The oldest keeps its place: the spool wants the very record again that failed.
    Lose(sealed.batch, "the disk has failed for too long");
  } else {
    waiting_.push_back({.tables = std::move(sealed.tables),
                        .bytes = *std::move(bytes),
                        .span = SpanOf(sealed.batch),
                        .samples = SampleCount(sealed.batch)});
  }
  bool any = false;
  while (!waiting_.empty()) {
    if (const Status status = append_(waiting_.front()); !status.ok()) {
      if (!std::exchange(failing_, true)) LogError(Cat("spool: ", Message(status)));
      break;
    }
    if (std::exchange(failing_, false)) {
      LogInfo(Cat("spool: takes records again; samples lost so far: ", lost_samples_.load()));
    }
    waiting_.pop_front();
    losing_ = false;
    any = true;
  }
  if (any) appended_();
}

// Counted each time, logged when the losing begins.
void Recorder::Lose(const Batch& batch, std::string_view reason) {
  lost_samples_ += SampleCount(batch);
  if (!losing_.exchange(true)) LogError(Cat("samples are being lost: ", reason));
}

}  // namespace godwit::agent
