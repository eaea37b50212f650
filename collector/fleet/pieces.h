// Decodes the selected columns of a stored record; of a merged one only the slices that have some.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "codec/batch.h"
#include "collector/fleet/selection.h"
#include "collector/store/store.h"

namespace godwit::collector {

// A part of a block.
struct Piece {
  struct Selected {
    uint32_t series = 0;  // its number in the selection
    Column column;        // as long as `ticks`
  };
  int64_t interval_ns = 0;
  std::vector<BlockTick> ticks;  // corrected
  std::vector<Selected> columns;

  size_t values() const { return ticks.size() * columns.size(); }
};

// Reads the pieces of a record. Query-confined. `reader` and `selection` outlive it.
class PieceReader {
 public:
  PieceReader(StoreReader& reader, Selection& selection, StoredRecord record)
      : reader_(reader), selection_(selection), record_(std::move(record)) {}

  // Returns the next piece; nothing at the end.
  [[nodiscard]] StatusOr<std::optional<Piece>> Next();

 private:
  [[nodiscard]] StatusOr<std::optional<Piece>> NextOfBatch();
  [[nodiscard]] StatusOr<std::optional<Piece>> NextSlice();
  // Returns the selected columns of `block`, which starts with the table's `first_column`.
  Piece Cut(Block block, const std::vector<Selection::Column>& columns, uint32_t first_column);

  StoreReader& reader_;
  Selection& selection_;
  const StoredRecord record_;
  std::optional<Batch> batch_;
  size_t next_ = 0;  // block or slice
};

}  // namespace godwit::collector
