// Samples as they are committed. Polled: each page is what came since the last one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "collector/fleet/latest_query.h"
#include "collector/fleet/page_builder.h"
#include "collector/fleet/pieces.h"
#include "collector/store/store.h"

namespace godwit::collector {

// Query-confined.
class TailQuery {
 public:
  TailQuery(StoreReader& reader, const DeviceName& device, std::string glob);

  // Samples of records that are committed after the first call. Nothing when none came, or when the
  // turn is over first. kNotFound when the pattern selects nothing of what the device has sent.
  [[nodiscard]] StatusOr<std::optional<v1::SamplePage>> NextPage(
      const Turn& turn = Turn::Endless());
  static bool waits() { return true; }

 private:
  // False when the turn is over first.
  [[nodiscard]] StatusOr<bool> Begin(const Turn& turn);

  StoreReader& reader_;
  const DeviceName device_;
  const std::string glob_;
  Selection selection_;
  PageBuilder page_;
  NewestLoader newest_;
  bool started_ = false;
  std::optional<uint64_t> after_;  // the commit number
  std::optional<PieceReader> record_;
  std::optional<Piece> piece_;
  size_t tick_ = 0;  // of the piece in hand
};

}  // namespace godwit::collector
