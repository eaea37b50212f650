// Reads the store's records of a device: by name, by time, by commit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/store/record_readers.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Query-confined.
class SqliteRecordReader final : public RecordReader {
 public:
  explicit SqliteRecordReader(Database& database) : database_(database) {}

  StatusOr<std::optional<StoredRecord>> Next(int64_t device, RecordCursor after,
                                             TimeRange times) override;
  StatusOr<std::optional<StoredRecord>> NextByTime(int64_t device, TimeCursor after,
                                                   TimeRange times) override;
  StatusOr<std::optional<CommittedRecord>> NextCommitted(int64_t device, uint64_t after) override;
  StatusOr<uint64_t> LastCommitted() override;
  StatusOr<std::string> Slice(int64_t key) override;
  StatusOr<std::vector<StoredSpans>> Spans(int64_t device, RecordCursor after,
                                           size_t limit) override;

 private:
  StatusOr<std::optional<StoredRecord>> NextInRun(RecordCursor after, TimeRange times);
  StatusOr<std::optional<RecordCursor>> NextRun(int64_t device, RecordCursor after);
  Status AddSlices(StoredRecord& record);
  Status AddBlocks(int64_t record, StoredSpans& spans);

  Database& database_;
};

// Returns the length, in nanoseconds, that no record of the device exceeds; 0: there is no such
// device.
[[nodiscard]] StatusOr<int64_t> SpanMax(Database& database, int64_t device);

// Returns the highest number that `committed` ever had.
[[nodiscard]] StatusOr<uint64_t> LastCommitNumber(Database& database);

}  // namespace godwit::collector
