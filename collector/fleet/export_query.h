// Every sample of the selected series, record by record; each series by run, seq and tick.
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

// Query-confined. Memory: one record and one decoded piece of it.
class ExportQuery {
 public:
  ExportQuery(StoreReader& reader, const DeviceName& device, std::string glob, TimeRange times);

  // Nothing at the end, or when the turn is over first.
  [[nodiscard]] StatusOr<std::optional<v1::SamplePage>> NextPage(
      const Turn& turn = Turn::Endless());

 private:
  // False at the end, or when the turn is over first.
  [[nodiscard]] StatusOr<bool> LoadPiece(const Turn& turn);
  // Adds what the piece in hand has until it ends or the page is full.
  void AddPiece();

  StoreReader& reader_;
  const int64_t device_;
  const TimeRange times_;
  Selection selection_;
  PageBuilder page_;
  // How far it is, of the device's records that were there when it began.
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
