// A store looked at, copied and merged from outside: what `godwit-collector store` does. Verifying
// and copying go well beside a collector; merging only without one.
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

// Asked about a thousand times a second while a statement runs; an error ends it, and is the result
// of the whole. A snapshot that lives long makes the write-ahead log of a collector grow, which no
// disk has room for without end.
using MayGoOn = std::function<Status()>;

// Reads every byte: SQLite's own check, every batch decoded and compared with its checksum, and the
// books: what is stored is settled, nothing is stored twice, nothing is left over. SQLite's own
// check is one snapshot; all else is checked in parts of a moment each.
[[nodiscard]] StatusOr<StoreVerdict> VerifyStore(const std::string& file,
                                                 const MayGoOn& may_go_on = nullptr);

// A copy as of now, without what the file does not need; not synced. `to` must not exist. One
// snapshot: beside a collector its write-ahead log grows meanwhile.
[[nodiscard]] Status BackUpStore(const std::string& file, const std::string& to,
                                 const MayGoOn& may_go_on = nullptr);

// Merges what waits since then or longer. The store is closed afterwards, without a write-ahead
// log.
[[nodiscard]] Status MergeDue(const std::string& file, int64_t due_before_unix_ns,
                              int64_t now_unix_ns);

}  // namespace godwit::collector
