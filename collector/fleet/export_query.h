// Exports every sample of the selected series, record by record; each series by run, sequence
// number and tick.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "collector/fleet/page_builder.h"
#include "collector/fleet/pieces.h"
#include "collector/fleet/selection.h"
#include "collector/fleet/turn.h"
#include "collector/store/store.h"

namespace godwit::collector {

// An export. Query-confined. Memory: one record and one decoded piece of it.
class ExportQuery {
 public:
  ExportQuery(StoreReader& reader, const DeviceName& device, std::string glob, TimeRange times);

  // Returns the next page; nothing at the end, or if the turn is over first.
  [[nodiscard]] StatusOr<std::optional<v1::SamplePage>> NextPage(
      const Turn& turn = Turn::Endless());

 private:
  // Loads the next piece. Returns false at the end, or if the turn is over first.
  [[nodiscard]] StatusOr<bool> LoadPiece(const Turn& turn);
  // Adds the rest of the current piece until the page is full.
  void AddPiece();

  StoreReader& reader_;
  const int64_t device_;
  const TimeRange times_;
  Selection selection_;
  PageBuilder page_;
  // Count the device's records at the start, and return the fraction of them that has been
  // exported.
  [[nodiscard]] Status CountRecords();
  double Part() const;

  bool counted_ = false;
  uint64_t records_ = 0;
  uint64_t records_exported_ = 0;
  RecordCursor cursor_;
  std::optional<PieceReader> record_;
  std::optional<Piece> piece_;
  size_t tick_ = 0;  // of the piece in hand
  size_t column_ = 0;
};

}  // namespace godwit::collector
