// Checks, copies and merges a store from outside, for `godwit-collector store`. Verifying and
// copying may run beside a collector; merging may not.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/status.h"

namespace godwit::collector {

struct StoreVerdict {
  uint64_t records = 0;  // by name: merged ones count as many
  uint64_t merged = 0;   // rows that are cut into slices
  uint64_t single = 0;   // rows as they came
  uint64_t samples = 0;
  std::vector<std::string> problems;  // at most kStoreProblemsShown
  uint64_t problems_found = 0;
};

// Returns whether a statement may go on. Called about a thousand times a second while it runs; an
// error ends it, and is the result of the whole. A long snapshot makes the write-ahead log of a
// collector grow, and no disk has room for that without end.
using MayGoOn = std::function<Status()>;

// Verifies a store by reading every byte: runs SQLite's own check, decodes every batch and compares
// it with its checksum, and checks the accounting: what is stored is settled, nothing is stored
// twice, nothing is left over. SQLite's own check is one snapshot; all else is checked in short
// parts.
[[nodiscard]] StatusOr<StoreVerdict> VerifyStore(const std::string& file,
                                                 const MayGoOn& may_go_on = nullptr);

// Copies a store as it is now, without unused space; not synced. `to` must not exist. It is one
// snapshot: beside a collector the write-ahead log grows meanwhile.
[[nodiscard]] Status BackUpStore(const std::string& file, const std::string& to,
                                 const MayGoOn& may_go_on = nullptr);

// Merges the records that have waited since then or longer. The store is closed afterwards, without
// a write-ahead log.
[[nodiscard]] Status MergeDue(const std::string& file, int64_t due_before_unix_ns,
                              int64_t now_unix_ns);

}  // namespace godwit::collector
