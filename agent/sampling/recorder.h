// Turns sealed batches into records: encodes, compresses, appends, syncs. Runs on the storage
// executor, because an fdatasync on a worn card can take longer than a sampling period.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "agent/sampling/batcher.h"
#include "platform/executor.h"

namespace godwit::agent {

// An encoded batch with its tables.
struct EncodedBatch {
  std::map<TableId, std::string> tables;
  std::string bytes;
  TimeSpan span;
};

// The reasons why a batch does not become a record.
enum class BatchLoss { kOverload, kTooLarge };

// Records batches. Submit is thread-safe; the rest is storage-confined. A batch that storage does
// not accept in time, or that cannot be encoded, is lost, counted and logged.
class Recorder {
 public:
  // The spool's side: appends the batch, or records that there was one. It reports no error: a
  // failing disk is handled by the spool.
  struct Log {
    std::function<void(EncodedBatch)> append;
    std::function<void(BatchLoss)> lose;
    std::function<void()> appended;  // something may be ready to be sent
  };

  Recorder(Executor& storage, Log log);

  void Submit(SealedBatch sealed);
  // Returns the number of samples lost since the start. Thread-safe.
  uint64_t lost_samples() const { return lost_samples_; }

 private:
  void Record(SealedBatch sealed);
  void Lose(const Batch& batch, std::string_view reason);

  Executor& storage_;
  Log log_;
  std::atomic<size_t> submitted_ = 0;  // not yet taken up by storage
  std::atomic<bool> losing_ = false;   // since the last record that was appended
  std::atomic<uint64_t> lost_samples_ = 0;
};

}  // namespace godwit::agent
