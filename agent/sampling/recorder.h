// Turns sealed batches into records: encodes, compresses, appends, syncs. On the storage executor,
// because an fdatasync on a worn card can take longer than a sampling period.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>

#include "agent/sampling/batcher.h"
#include "base/status.h"
#include "platform/executor.h"

namespace godwit::agent {

// A batch as bytes.
struct EncodedBatch {
  std::map<TableId, std::string> tables;
  std::string bytes;
  TimeSpan span;
  uint64_t samples = 0;
};

// Submit is thread-safe; the rest is storage-confined. A batch that could not be appended is kept,
// at most kSealedBatchesMax of them, and tried again before the next one; what does not fit is
// lost, counted and logged.
class Recorder {
 public:
  using AppendRecord = std::function<Status(const EncodedBatch&)>;
  // Called on storage after each batch that became safe.
  using Appended = std::function<void()>;

  Recorder(Executor& storage, AppendRecord append, Appended appended);

  void Submit(SealedBatch sealed);

  // Thread-safe.
  uint64_t lost_samples() const { return lost_samples_; }

 private:
  void Record(SealedBatch sealed);
  void Lose(const Batch& batch, std::string_view reason);

  Executor& storage_;
  AppendRecord append_;
  Appended appended_;
  std::atomic<size_t> submitted_ = 0;  // not yet taken up by storage
  std::deque<EncodedBatch> waiting_;
  bool failing_ = false;
  std::atomic<bool> losing_ = false;  // since the last record that became safe
  std::atomic<uint64_t> lost_samples_ = 0;
};

}  // namespace godwit::agent
