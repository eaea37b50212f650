// What truly lies on a simulated disk, read without a line of the agent's (reference_spool.h):
// which records are whole, which would survive a power cut, how a run's last segment ends. Entries
// are read once, as long as a file only grows.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/names.h"
#include "tests/reference/reference_spool.h"
#include "tests/sim/sim_file_system.h"

namespace godwit::sim {

class DiskView {
 public:
  // `folder` is the spool's, with a slash at its end.
  DiskView(const SimFileSystem& disk, std::string folder, std::string device_id)
      : disk_(disk), folder_(std::move(folder)), device_id_(std::move(device_id)) {}

  // Whole in a segment, as the kernel shows it.
  std::set<RecordName> Records();
  // One of these.
  bool HasBytes(const RecordName& name);
  // Likewise, and each table that it uses is whole in some segment: nobody reads it without them.
  bool Holds(const RecordName& name);
  // Likewise, and its bytes are synced. A spool knows what a failed sync left behind only once the
  // next start reads it.
  bool HoldsSynced(const RecordName& name);
  // Whole, its bytes and its name synced, in the newest segment that can have it: there a spool
  // puts what it calls safe.
  bool IsDurable(const RecordName& name);
  // That segment; empty when it has none.
  std::string NewestSegmentFor(const RecordName& name);
  // The tables that the record uses stand in that segment, too.
  bool HasItsTables(const RecordName& name);
  // Likewise, in any other file than this one.
  bool IsDurableBesides(const RecordName& name, const std::string& path);
  // A whole copy, with its tables, in a file of rejected or conflicting records.
  bool HasCopy(const RecordName& name);
  // The newest segment of the run with a sound entry ends with an end, which a power cut may take,
  // or not.
  enum class End { kNone, kUnsynced, kDurable };
  End EndOf(RunId run);
  // Some segment of the run says what it is.
  bool HasTrace(RunId run);

  // Sound entries of one file; none for a file that is not the spool's.
  const std::vector<reference::SpoolEntry>& EntriesOf(const std::string& path);
  static RecordName NameOf(const reference::SpoolFileName& file,
                           const reference::SpoolEntry& entry) {
    return {file.run, entry.seq};
  }

 private:
  struct Known {
    std::optional<reference::SpoolFileName> name;
    uint64_t version = 0;
    size_t bytes = 0;
    std::vector<reference::SpoolEntry> entries;
  };
  Known& Read(const std::string& path);
  bool HasTable(const std::string& id);
  bool HasTablesOf(const reference::SpoolEntry& record,
                   const std::vector<reference::SpoolEntry>& beside_it);
  // Whether an entry of the record fits: `fits` gets its path, it and the entries of its file.
  template <typename Fits>
  bool AnyEntryOf(const RecordName& name, Fits fits);
  bool HasDurable(const std::string& path, const Known& file, Seq seq) const;
  template <typename Visit>
  void ForEachFile(reference::SpoolFileName::Kind kind, RunId run, Visit visit);

  const SimFileSystem& disk_;
  const std::string folder_;
  const std::string device_id_;
  std::map<std::string, Known> known_;
};

}  // namespace godwit::sim
