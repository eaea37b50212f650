// Returns samples as they are committed. Polled: each page has the samples since the last one.
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

  // Returns samples of records that are committed after the first call. Nothing if there are none,
  // or if the turn is over first. kNotFound: the pattern selects nothing that the device has sent.
  [[nodiscard]] StatusOr<std::optional<v1::SamplePage>> NextPage(
      const Turn& turn = Turn::Endless());
  static bool waits() { return true; }

 private:
  // Starts the query. Returns false if the turn is over first.
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
