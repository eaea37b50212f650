// Decodes one column from the streams of a batch. Treats every byte as hostile.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "codec/batch.h"
#include "codec/column_form.h"
#include "codec/column_layout.h"
#include "codec/streams.h"

namespace godwit {

// Decodes the columns of one batch. Thread-compatible.
class ColumnDecoder {
 public:
  explicit ColumnDecoder(StreamReader& streams) : streams_(streams) {}

  void StartBlock() { nulls_.clear(); }
  // Decodes the next column into `column`, which is overwritten. The caller bounds `ticks`.
  [[nodiscard]] Status Decode(size_t ticks, Column& column);

 private:
  // Integers that a later column may copy.
  struct Source {
    size_t first = 0;  // in integers_
    size_t count = 0;  // 0: it has none
  };

  Status ReadStates(Column& column);
  Status ReadNulls(size_t ticks, uint8_t extras);
  Status ReadPatches(size_t values, std::vector<Patch>& patches);
  Status ReadVerbatim(size_t ticks, Column& column);
  // The values of a column into integers_, from `first_` on.
  Status ReadIntegers(Coding coding, size_t count, uint64_t divisor);
  Status ReadPredicted(Coding coding, size_t count);
  Status ReadCopy(size_t count);
  Status Fill(Form form, unsigned exponent, const std::vector<Patch>& patches, Column& column);

  StreamReader& streams_;
  std::vector<uint8_t> nulls_;  // 1 a tick that is null; of the block's last column with its own
  bool with_nulls_ = false;     // whether they are this column's
  std::vector<uint64_t> integers_;  // of all columns so far
  std::vector<Source> sources_;     // one a column
  size_t first_ = 0;                // in integers_, of this column
  uint64_t states_ = 0;             // of all columns so far
};

}  // namespace godwit
