// Samples as they are committed. Polled: each page is what came since the last one.
#pragma once

#include <optional>
#include <string>

#include "collector/fleet/page_builder.h"
#include "collector/fleet/pieces.h"
#include "collector/store/store.h"

namespace godwit::collector {

// Query-confined.
class TailQuery {
 public:
  TailQuery(StoreReader& reader, const DeviceName& device, std::string glob);

  // Where the records that are there now end: those behind are told.
  [[nodiscard]] Status Begin();
  // Nothing when nothing came.
  [[nodiscard]] StatusOr<std::optional<v1::SamplePage>> NextPage();

 private:
  StoreReader& reader_;
  const DeviceName device_;
  const std::string glob_;
  Selection selection_;
  PageBuilder page_;
  int64_t last_key_ = 0;
  std::optional<PieceReader> record_;
  std::optional<Piece> piece_;
  size_t tick_ = 0;  // of the piece in hand
};

}  // namespace godwit::collector
