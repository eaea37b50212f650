// Makes the changes of merging in the store that SqliteMergeSource has found.
#pragma once

#include <cstdint>
#include <vector>

#include "collector/store/sqlite.h"
#include "collector/store/sqlite_merge_source.h"

namespace godwit::collector {

// Writer-confined.
class SqliteMerging {
 public:
  explicit SqliteMerging(Database& database) : database_(database) {}

  // Applies a step, as part of its caller's transaction. Does nothing if the records have changed
  // since the step was found.
  [[nodiscard]] Status Apply(const MergeStep& step);

 private:
  StatusOr<bool> AreAsTheyCame(const std::vector<MergeCandidate>& members);
  Status Replace(const MergedRecord& merged);
  Status PutSlices(const MergedRecord& merged);

  Database& database_;
};

}  // namespace godwit::collector
