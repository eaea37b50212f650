// Watches a simulated disk while a spool writes there, and reports to the ledger what each event
// may cost: a file that goes for lack of room, a byte that changes, a stop that left its end.
#pragma once

#include <string>
#include <vector>

#include "agent/spool/options.h"
#include "tests/sim/disk_view.h"
#include "tests/sim/ledger.h"
#include "tests/sim/memory_store.h"

namespace godwit::sim {

class DiskWitness {
 public:
  // What the spool may take.
  struct Bounds {
    ByteCount spool_bytes = 0;
    ByteCount segment_bytes = 0;
    agent::WhenFull when_full = agent::WhenFull::kDropOldest;
  };
  // Sees what is removed from `disk` from here on. All of these outlive it.
  DiskWitness(SimFileSystem& disk, DiskView& view, Ledger& ledger, const MemoryStore& store,
              const Bounds& bounds);

  // The spool may have to drop something, or to refuse what is new.
  bool ShortOfRoom() const;
  // Before and after whatever may write: records that are not safe may be lost to it.
  void NoteTrouble(RunId run) { ledger_.NoteTrouble(run, disk_.troubled(), ShortOfRoom()); }
  // The spool says that the record is safe.
  void NotePromise(const RecordName& name);
  // What waited in memory counts as promised once it is on the disk. How many there were.
  size_t NoteWaiting(RunId run);
  // The process of the machine's newest run is gone. Whether it ended in order: that is on the
  // disk, or not at all.
  bool NoteEnd(RunId run, const std::set<RunId>& machine_runs);
  // A byte of what was synced changes under way.
  void FlipByte();

  // Promises that the disk does not keep, and files that went with what nobody else had.
  const std::string& violations() const { return violations_; }

 private:
  void TakePromise(const RecordName& name);
  void NoteDamage(const RecordName& name, const std::string& path);
  std::vector<RecordName> NamedBy(const reference::SpoolFileName& name, const std::string& path);
  void NoteDropped(const reference::SpoolFileName& name, const std::string& path);
  void OnHide(const std::string& path);
  void OnRemove(const std::string& path);
  void OnRemoveSegment(const reference::SpoolFileName& name, const std::string& path);

  SimFileSystem& disk_;
  DiskView& view_;
  Ledger& ledger_;
  const MemoryStore& store_;
  const Bounds bounds_;
  std::map<std::string, std::set<RecordName>> damaged_in_;
  std::set<std::string> flipped_;  // files with a changed byte
  std::string violations_;
};

}  // namespace godwit::sim
