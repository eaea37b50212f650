// A collector on a disk in memory, a well-behaved device, and strangers who call it in any order
// with any content: what the bytes of a sequence say. What must hold is in sequence_checks.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/good_device.h"
#include "tests/fuzz/sequence_bytes.h"
#include "tests/sim/collector_life.h"
#include "tests/sim/sim_scheduler.h"
#include "tests/sim/store_disk.h"

namespace godwit::collector {

class SequenceWorld {
 public:
  explicit SequenceWorld(uint64_t seed);
  ~SequenceWorld();

  // Makes the calls, and checks the good device after each. Several may follow each other.
  void Run(std::string_view sequence);
  // Checks the whole store.
  void CheckStore();

 private:
  void Start();
  void Stop();
  void Call(SequenceBytes& bytes);

  void OpenSession(SequenceBytes& bytes);
  void Upload(SequenceBytes& bytes);
  void Listen(SequenceBytes& bytes);
  void ReportCommand(SequenceBytes& bytes);
  void ReportRevision(SequenceBytes& bytes);
  void ReportLog(SequenceBytes& bytes);
  void Operate(SequenceBytes& bytes);
  void Merge();
  void Prune(SequenceBytes& bytes);
  void Pass(SequenceBytes& bytes);
  std::string Token(SequenceBytes& bytes);

  sim::SimScheduler scheduler_;
  sim::SimClock clock_{scheduler_};
  sim::SimRandom random_{scheduler_};
  sim::StoreDisk disk_;
  std::unique_ptr<CollectorLife> life_;
  std::vector<std::string> tokens_;     // of strangers' sessions
  std::vector<std::string> commands_;   // issued for strangers
  std::vector<std::string> revisions_;  // offered to strangers
  GoodDevice good_;
};

}  // namespace godwit::collector
