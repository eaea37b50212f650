// A spool on a simulated disk, and the view of that disk: what tests of DiskView and DiskWitness
// share.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/sim/disk_view.h"
#include "tests/unit/agent/spool/spool_fixture.h"

namespace godwit::sim {

inline constexpr char kFolder[] = "/spool/";

class DiskViewTest : public agent::SpoolTest {
 protected:
  // A new boot: no process holds the spool.
  void CutPower(Unsynced bytes, UnsyncedNames names) {
    disk_.set_hook(nullptr);
    spool_.reset();
    disk_.PowerCut(bytes, names);
  }
  std::set<RecordName> SpoolRecords() {
    const std::vector<RecordName> names = Unsettled();
    return {names.begin(), names.end()};
  }
  // Several segments.
  void AppendMany(size_t records) {
    max_bytes_ = ByteCount{1} << 20;
    Open();
    for (size_t i = 0; i < records; ++i) Append(50'000);
  }

  DiskView view_{disk_, kFolder, "dev"};
};

}  // namespace godwit::sim
