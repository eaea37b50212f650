// The rows of the table `record` and what belongs to them: blocks, slices, their share of the
// device's bytes.
#pragma once

#include <cstdint>
#include <vector>

#include "collector/store/block_span.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// The rows. Writer-confined; each call but FillIn is part of its caller's transaction.
class SqliteRecordRows {
 public:
  explicit SqliteRecordRows(Database& database) : database_(database) {}

  [[nodiscard]] Status PutBlocks(const std::vector<BlockSpan>& blocks, int64_t record);
  // Adds the row to the bytes of its device (`sign` 1), or subtracts it (-1), unless FillIn has not
  // reached it yet.
  [[nodiscard]] Status CountBytes(int64_t record, int64_t sign);
  // Deletes a record with its blocks, its slices and its commit number.
  [[nodiscard]] Status Delete(int64_t record);
  // Removes a record from the order of commits.
  [[nodiscard]] Status DropNumber(int64_t record);
  // Continues to add up the bytes of records stored before these were counted, in a transaction of
  // its own. Returns false when it is complete. Takes some milliseconds.
  [[nodiscard]] StatusOr<bool> FillIn();

 private:
  Database& database_;
};

}  // namespace godwit::collector
