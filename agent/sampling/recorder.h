// Turns sealed batches into records: encodes and compresses them, and hands them to the spool,
// which syncs. Runs on the storage executor, because an fdatasync on a worn card can take longer
// than a sampling period.
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

// The reasons why a batch does not become a record. kOverload: kSealedBatchesMax batches wait for
// storage. kTooLarge: it cannot be encoded.
enum class BatchLoss { kOverload, kTooLarge };

// Records batches. A batch that is submitted while kSealedBatchesMax others wait for storage, or
// that cannot be encoded, is lost: its samples are counted, and the first loss after a recorded
// batch is logged. `storage` must run no task of this after the destruction. Functions are
// thread-safe.
class Recorder {
 public:
  // The spool's functions. They are called on `storage` and return no error, because the spool
  // handles a failing disk.
  struct Log {
    std::function<void(EncodedBatch)> append;
    // Keeps the place of a lost batch among the records, so that the store shows a gap there.
    std::function<void(BatchLoss)> lose;
    std::function<void()> appended;  // called after each batch: a record may be ready to be sent
  };

  Recorder(Executor& storage, Log log);

  // Submits a batch. Does not block.
  void Submit(SealedBatch sealed);
  // Returns the number of samples lost since the start.
  uint64_t lost_samples() const { return lost_samples_; }

 private:
  void Record(SealedBatch sealed);
  void Lose(const Batch& batch, std::string_view reason);

  Executor& storage_;
  Log log_;
  std::atomic<size_t> submitted_ = 0;  // not yet taken up by storage
  std::atomic<bool> losing_ = false;   // true from a loss until the next append
  std::atomic<uint64_t> lost_samples_ = 0;
};

}  // namespace godwit::agent
