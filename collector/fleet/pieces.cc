#include "collector/fleet/pieces.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "codec/batch_codec.h"
#include "collector/store/boot_clock.h"

namespace godwit::collector {

StatusOr<std::optional<Piece>> PieceReader::Next() {
  return record_.slices.empty() ? NextOfBatch() : NextSlice();
}

StatusOr<std::optional<Piece>> PieceReader::NextOfBatch() {
  if (!batch_) {
    GODWIT_ASSIGN_OR_RETURN(batch_, DecodeBatch(record_.batch));
  }
  while (next_ < batch_->blocks.size()) {
    Block& block = batch_->blocks[next_++];
    GODWIT_ASSIGN_OR_RETURN(const auto* columns, selection_.ColumnsOf(block.table));
    if (columns->empty()) continue;
    GODWIT_ASSIGN_OR_RETURN(const Table* const table, selection_.TableOf(block.table));
    GODWIT_RETURN_IF_ERROR(CheckBlock(block, *table));
    return Cut(std::move(block), *columns, 0);
  }
  return std::optional<Piece>();
}

StatusOr<std::optional<Piece>> PieceReader::NextSlice() {
  while (next_ < record_.slices.size()) {
    const StoredSlice& slice = record_.slices[next_++];
    GODWIT_ASSIGN_OR_RETURN(const auto* columns, selection_.ColumnsOf(slice.table));
    const bool wanted =
        std::any_of(columns->begin(), columns->end(), [&](const Selection::Column& column) {
          return column.column >= slice.first_column &&
                 column.column - slice.first_column < slice.columns;
        });
    if (!wanted) continue;
    const auto bytes = reader_.Slice(slice.key);
    if (absl::IsNotFound(bytes.status())) break;  // retention was quicker
    GODWIT_RETURN_IF_ERROR(bytes.status());
    GODWIT_ASSIGN_OR_RETURN(Batch batch, DecodeBatch(*bytes));
    if (batch.blocks.size() != 1 || batch.blocks[0].columns.size() != slice.columns) {
      return Error(StatusCode::kDataLoss, "store: a slice does not match its record");
    }
    return Cut(std::move(batch.blocks[0]), *columns, slice.first_column);
  }
  return std::optional<Piece>();
}

Piece PieceReader::Cut(Block block, const std::vector<Selection::Column>& columns,
                       uint32_t first_column) {
  Piece piece{.interval_ns = block.interval_ns, .ticks = std::move(block.ticks)};
  for (BlockTick& tick : piece.ticks) {
    tick.time_unix_ns = AddSaturated(tick.time_unix_ns, record_.shift_ns);
  }
  for (const Selection::Column& selected : columns) {
    if (selected.column < first_column) continue;
    const size_t at = selected.column - first_column;
    if (at >= block.columns.size()) break;
    piece.columns.push_back({selected.series, std::move(block.columns[at])});
  }
  return piece;
}

}  // namespace godwit::collector
