// Yields a device's ticks in the order of time, in whatever order their records were received:
// ticks of overlapping records are interleaved, equal times in the order of runs and sequence
// numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "collector/fleet/pieces.h"
#include "collector/fleet/selection.h"
#include "collector/fleet/turn.h"
#include "collector/store/store.h"

namespace godwit::collector {

// The walk. Query-confined. Memory: the pieces that overlap at one time, at most kQueryValuesMax
// values.
class TimeWalk {
 public:
  TimeWalk(StoreReader& reader, Selection& selection, int64_t device, TimeRange times)
      : reader_(reader), selection_(selection), device_(device), times_(times) {}

  // One tick of one piece; valid until the next.
  struct Step {
    int64_t time_unix_ns = 0;
    size_t tick = 0;
    const Piece* piece = nullptr;
  };
  // Returns the next tick; nothing at the end, or if the turn is over first. kResourceExhausted:
  // too much overlaps.
  [[nodiscard]] StatusOr<std::optional<Step>> Next(const Turn& turn);

 private:
  // A piece, and its next tick.
  struct Active {
    Piece piece;
    RecordCursor cursor;
    size_t order = 0;  // of the pieces of one record
    size_t tick = 0;
    int64_t time() const { return piece.ticks[tick].time_unix_ns; }
  };
  static bool Later(const std::unique_ptr<Active>& a, const std::unique_ptr<Active>& b);

  [[nodiscard]] StatusOr<bool> Load(const Turn& turn);
  [[nodiscard]] Status Add(Piece piece);
  void Push(std::unique_ptr<Active> active);

  StoreReader& reader_;
  Selection& selection_;
  const int64_t device_;
  const TimeRange times_;
  TimeCursor cursor_;
  bool at_end_ = false;
  std::optional<StoredRecord> ahead_;            // the next one, not decoded yet
  std::optional<PieceReader> opening_;           // the one that is being decoded
  RecordCursor opening_cursor_;                  // its place
  size_t opening_order_ = 0;                     // of its next piece
  std::vector<std::unique_ptr<Active>> active_;  // a heap, the earliest on top
  std::unique_ptr<Active> current_;              // that of the last step
  size_t values_ = 0;                            // of all pieces
};

}  // namespace godwit::collector
