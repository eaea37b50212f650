// Judges what a store says by what truly happened (the ledger) and by what lies on the disks. It
// believes neither agent nor collector: a gap needs an injected fault that explains it, with that
// reason; a record that is promised needs to be somewhere; a run that was cut off needs to be
// called so, and one that was stopped must not be.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/sim/ledger.h"
#include "tests/sim/memory_store.h"

namespace godwit::sim {

// What lies on all disks, those of machines that are off included.
struct OnDisks {
  // Synced, with its tables.
  std::function<bool(const RecordName&)> holds;
  // Its bytes, perhaps without its tables: enough for a record that no collector takes anyway.
  std::function<bool(const RecordName&)> has_bytes;
  std::function<bool(const RecordName&)> has_copy;
};

class Judge {
 public:
  Judge(const Ledger& ledger, MemoryStore& store, OnDisks disks)
      : ledger_(ledger), store_(store), disks_(std::move(disks)) {}

  // Every breach of what Godwit promises, as text; empty when there is none.
  std::string Violations();
  // Promised, due, and neither in the store nor named by it. Not yet, while there is a backlog.
  std::vector<RecordName> Unaccounted();

  // Whether what befell the record explains a gap of this reason.
  static bool Explains(const Issue& issue, const std::string& reason, bool disks_copied);

 private:
  std::string CheckIssue(const RecordName& name, const Issue& issue);
  std::string CheckStore();
  std::string CheckRun(RunId id, const RunFacts& run);
  std::string CheckEnd(RunId id, const RunFacts& run);
  std::string CheckTimes();
  bool MayStayRejected(const Issue& issue) const;
  bool IsSomewhere(const RecordName& name, const Issue& issue);
  bool LooksLikeATornTail(const RecordName& name, const Issue& issue);

  const Ledger& ledger_;
  MemoryStore& store_;
  const OnDisks disks_;
  std::map<RecordName, std::string> gaps_;
};

}  // namespace godwit::sim
