// A collector on a disk in memory, a well-behaved device, and strangers who call it in any order
// with any content: what the bytes of a sequence say. After each call the well-behaved device's
// view is as it left it; after each sequence the store is sound.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/figures.h"
#include "collector/ingest/ingest.h"
#include "collector/orders/orders.h"
#include "collector/store/sqlite_merge_source.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/writer.h"
#include "tests/sim/sim_scheduler.h"
#include "tests/sim/store_disk.h"

namespace godwit::collector {

// Reads a sequence; zeros at its end.
class SequenceBytes {
 public:
  explicit SequenceBytes(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  uint8_t Byte();
  uint64_t Below(uint64_t sides) { return Byte() % sides; }
  bool Flag() { return Byte() % 2 == 1; }
  // One that bounds are near to, or a small one.
  uint64_t Number();
  int64_t Time() { return static_cast<int64_t>(Number()); }
  std::string Text(size_t most);

 private:
  std::string_view bytes_;
};

class SequenceWorld {
 public:
  explicit SequenceWorld(uint64_t seed);
  ~SequenceWorld();

  // Ends the process by a failed check that says what is broken. Several may follow each other.
  void Run(std::string_view sequence);
  // Every rule of `store verify`, and every question about every device.
  void CheckStore();

 private:
  // One start of the collector.
  struct Life;
  struct Peer;
  struct Listener;

  void Start();
  void Stop();
  void Settle() { scheduler_.RunFor(absl::Milliseconds(10)); }

  void OpenSession(SequenceBytes& bytes);
  void FillRuns(SequenceBytes& bytes, v1::OpenSessionRequest& request);
  void FillReport(SequenceBytes& bytes, v1::DeviceReport& report);
  void Upload(SequenceBytes& bytes);
  void FillRecord(SequenceBytes& bytes, v1::Record& record);
  void Listen(SequenceBytes& bytes);
  void ReportCommand(SequenceBytes& bytes);
  void ReportRevision(SequenceBytes& bytes);
  void ReportLog(SequenceBytes& bytes);
  void Operate(SequenceBytes& bytes);
  void Merge();
  void Prune(SequenceBytes& bytes);
  void Pass(SequenceBytes& bytes);
  std::string Token(SequenceBytes& bytes);

  void OpenGoodSession();
  void UploadGood();
  void CheckGood();
  void CheckList(size_t devices);
  void CheckGaps(const DeviceRow& row);

  sim::SimScheduler scheduler_;
  sim::SimClock clock_{scheduler_};
  sim::SimRandom random_{scheduler_};
  sim::StoreDisk disk_;
  std::unique_ptr<Life> life_;
  std::vector<std::string> tokens_;     // of strangers' sessions
  std::vector<std::string> commands_;   // issued for strangers
  std::vector<std::string> revisions_;  // offered to strangers
  std::string good_token_;
  Seq good_seq_ = 0;
  std::map<Seq, uint64_t> good_checksums_;
};

}  // namespace godwit::collector
