// About what a row of `record` takes of the store's file, with its blocks, slices and index
// entries: an expression of SQL, for every statement that adds these up.
#pragma once

#define GODWIT_RECORD_BYTES                                               \
  "(length(record.batch) + 300"                                           \
  " + 100 * (SELECT count(*) FROM block WHERE block.record = record.key)" \
  " + (SELECT coalesce(sum(length(slice.batch) + 100), 0) FROM slice"     \
  " WHERE slice.key BETWEEN record.key * 4096 AND record.key * 4096 + 4095))"

namespace godwit::collector {

// The task of `background` that adds them up for the records stored before the sums were kept.
inline constexpr char kRecordBytesFill[] = "record bytes";

}  // namespace godwit::collector
