// A store looked at, copied and merged from outside: what `godwit-collector store` does. Verifying
// and copying go well beside a collector; merging only without one.
#pragma once

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

// Reads every byte: SQLite's own check, every batch decoded and compared with its checksum, and the
// books: what is stored is settled, nothing is stored twice, nothing is left over.
[[nodiscard]] StatusOr<StoreVerdict> VerifyStore(const std::string& file);

// A copy as of now, without what the file does not need; not synced. `to` must not exist. Beside a
// collector its write-ahead log grows meanwhile.
[[nodiscard]] Status BackUpStore(const std::string& file, const std::string& to);

// Merges what waits since then or longer. The store is closed afterwards, without a write-ahead
// log.
[[nodiscard]] Status MergeDue(const std::string& file, int64_t due_before_unix_ns,
                              int64_t now_unix_ns);

}  // namespace godwit::collector
