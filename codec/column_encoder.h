// Encodes one column into the streams of a batch, with the form, predictor and coding that look
// cheapest. Keeps its scratch memory, and during a batch what copies need: columns must live and
// stay in place until the next StartBatch. Thread-compatible.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "codec/batch.h"
#include "codec/column_form.h"
#include "codec/column_layout.h"
#include "codec/predictor.h"
#include "codec/streams.h"

namespace godwit {

// Keeps its scratch memory, and for the length of a batch what copies need: columns must live and
// stay where they are until the next StartBatch. Thread-compatible.
class ColumnEncoder {
 public:
  explicit ColumnEncoder(StreamWriter& streams) : streams_(streams) {}

  void StartBatch();
  void StartBlock() { with_nulls_ = nullptr; }
  void Encode(const Column& column);

 private:
  // A column that a later one may be a copy of.
  struct Source {
    uint64_t number = 0;  // of the column, from 0 in a batch
    const Column* column = nullptr;
  };
  struct Plan {
    Predictor predictor = Predictor::kLast;
    uint64_t slope = 0;
  };

  uint8_t ExtrasOf(const Column& column) const;
  void PutHead(const Column& column, Coding coding, uint8_t extras);
  void PutStates(const Column& column);
  void PutNulls(const Column& column);
  void PutPatches();
  void PutVerbatim(const Column& column);
  void PutSame(const Column& column, uint8_t extras);
  // Returns false if no earlier column has these integers, up to a factor.
  bool PutCopy(const Column& column, uint8_t extras, uint64_t divisor);
  bool SameQuotients(const Column& column, uint64_t& divisor);
  void PutPredicted(const Column& column, uint8_t extras, uint64_t divisor);
  void PutStart(const Plan& plan, unsigned size, unsigned shift);
  void PutEvents(const Plan& plan);
  void PutDense(const Plan& plan);

  bool WorthDividing(uint64_t divisor) const;
  Plan Choose();
  uint64_t CostOf(const Plan& plan) const;
  void MakeResiduals(const Plan& plan);

  StreamWriter& streams_;
  const Column* with_nulls_ = nullptr;  // the block's last column that has nulls of its own
  uint64_t columns_ = 0;
  std::unordered_map<uint64_t, Source> sources_;  // by the hash of their quotients
  FormedColumn formed_;
  FormedColumn earlier_;
  std::vector<uint64_t> quotients_;
  std::vector<uint64_t> steps_;
  std::vector<uint64_t> residuals_;  // zigzag, without the first integer
  std::vector<uint64_t> events_;
};

}  // namespace godwit
