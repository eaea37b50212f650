// Decodes the messages of devices on a few threads of its own, so that neither the ingest thread
// nor other devices wait for a device whose batches are expensive.
//
// The device that has lately caused the least work is served first (recent_use.h): a device with a
// small batch a minute waits only for the pieces that are being decoded, not for the queue, however
// long it is and however many devices it comes from. With simple turns each waiting device would be
// served one piece first.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "collector/ingest/fair_queue.h"
#include "collector/ingest/recent_use.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::collector {

// The pool. Ingest-confined. Must outlive what its threads run.
class DecodePool {
 public:
  struct Dependencies {
    const Clock& clock;
    Executor& executor;              // ingest's own
    std::vector<Executor*> threads;  // one piece at a time each
  };
  // Pieces wait while `may_start` returns false; StartWaiting is called when it returns true again.
  DecodePool(Dependencies dependencies, RecentUse& use, std::function<bool()> may_start);

  // Runs `work` on a thread of the pool, then `done` on the ingest executor. `bytes` is the size of
  // what will be written, which counts as work, too. Pieces of one device start in order, but may
  // end in another.
  void Run(const std::string& device, size_t bytes, Executor::Task work, Executor::Task done);
  void StartWaiting();

 private:
  struct Piece {
    size_t bytes = 0;
    Executor::Task work;
    Executor::Task done;
  };
  void Start(Executor& thread, std::string device, Piece piece);

  const Dependencies deps_;
  RecentUse& use_;
  const std::function<bool()> may_start_;
  std::vector<Executor*> idle_;
  FairQueue<Piece> waiting_;
};

}  // namespace godwit::collector
