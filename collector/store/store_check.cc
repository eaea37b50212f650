#include "collector/store/store_check.h"

#include <cstdint>
#include <limits>
#include <map>

#include "base/checksum.h"
#include "base/text.h"
#include "codec/batch_codec.h"

namespace godwit::collector {
namespace {

// Stores of version 0.1 counted beyond the largest integer.
bool SameSpan(const BlockSpan& a, const BlockSpan& recorded) {
  const uint64_t most = std::numeric_limits<int64_t>::max();
  return a.table == recorded.table && a.columns == recorded.columns && a.ticks == recorded.ticks &&
         a.interval_ns == recorded.interval_ns && a.first_unix_ns == recorded.first_unix_ns &&
         a.last_unix_ns == recorded.last_unix_ns &&
         (a.missing == recorded.missing || a.missing == most);
}

std::string CheckWhole(const CheckedRecord& record, uint64_t& samples) {
  if (Checksum(record.batch) != record.checksum) return "its bytes have changed";
  const auto batch = DecodeBatch(record.batch);
  if (!batch.ok()) return Message(batch.status());
  const auto spans = SpansOf(*batch);
  if (spans.size() != record.blocks.size()) return "its blocks do not match the index";
  for (size_t i = 0; i < spans.size(); ++i) {
    if (!SameSpan(spans[i], record.blocks[i])) return "a block does not match the index";
  }
  samples += SampleCount(*batch);
  return "";
}

std::string CheckSlices(const CheckedRecord& record, uint64_t& samples) {
  const uint64_t checksums = record.checksums.size() / sizeof(uint64_t);
  if (record.checksums.size() % sizeof(uint64_t) != 0 ||
      checksums != record.last_seq - record.first_seq + 1) {
    return "it does not have a checksum for each of its records";
  }
  if (!record.batch.empty()) return "it is merged but has a batch";
  std::map<TableId, BlockSpan> recorded;
  std::map<TableId, uint32_t> columns;
  for (const BlockSpan& block : record.blocks) recorded[block.table] = block;
  for (size_t i = 0; i < record.slices.size(); ++i) {
    const StoredSlice& slice = record.slices[i];
    const auto batch = DecodeBatch(record.slice_batches[i]);
    if (!batch.ok()) return Message(batch.status());
    if (batch->blocks.size() != 1 || batch->blocks[0].table != slice.table ||
        batch->blocks[0].columns.size() != slice.columns) {
      return "a slice does not match the index";
    }
    const BlockSpan span = SpansOf(*batch)[0];
    const BlockSpan& block = recorded[slice.table];
    if (span.ticks != block.ticks || span.first_unix_ns != block.first_unix_ns ||
        span.last_unix_ns != block.last_unix_ns || slice.first_column != columns[slice.table]) {
      return "a slice does not match the others";
    }
    columns[slice.table] += slice.columns;
    samples += SampleCount(*batch);
  }
  for (const BlockSpan& block : record.blocks) {
    if (columns[block.table] != block.columns) return "columns are missing";
  }
  return "";
}

}  // namespace

std::string CheckRecord(const CheckedRecord& record, uint64_t& samples) {
  return record.checksums.empty() ? CheckWhole(record, samples) : CheckSlices(record, samples);
}

}  // namespace godwit::collector
