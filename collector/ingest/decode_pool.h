// Decodes what devices send on a few threads of its own, so that neither the ingest thread nor
// other devices wait for one whose batches are expensive.
//
// The device that has lately caused the least work is served first (recent_use.h): a device with a
// small batch a minute waits for the pieces that are being decoded, and not for those that wait,
// however many they are and however many devices they come from. A round of turns would give each
// waiting device one piece first.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "collector/ingest/fair_queue.h"
#include "collector/ingest/recent_use.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::collector {

// Ingest-confined. Must outlive what its threads run.
class DecodePool {
 public:
  struct Dependencies {
    const Clock& clock;
    Executor& executor;              // ingest's own
    std::vector<Executor*> threads;  // one piece at a time each
  };
  // While `may_start` does not hold, pieces wait; StartWaiting follows when it holds again.
  DecodePool(Dependencies dependencies, RecentUse& use, std::function<bool()> may_start);

  // `work` runs on a thread of the pool, `done` behind it on the ingest executor. `bytes` is how
  // much it brings to be written: that counts as work, too. Pieces of one device start in order,
  // but may end in another.
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
