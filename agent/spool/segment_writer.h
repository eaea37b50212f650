// Appends entries to one new segment and makes them durable. After any error the segment is
// finished: it is never written to or synced again (the kernel marks failed pages clean, so a
// second fdatasync would succeed without writing them).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/spool/memory_ring.h"
#include "agent/spool/segment_index.h"
#include "platform/file_system.h"

namespace godwit::agent {

// Writes one segment. Storage-confined.
class SegmentWriter {
 public:
  // Starts a new file with its opening. Its bytes are durable when this returns; its name is once
  // the folder is synced.
  [[nodiscard]] static StatusOr<std::unique_ptr<SegmentWriter>> Begin(
      std::unique_ptr<WritableFile> file, const SegmentHeader& header,
      const std::vector<PastRun>& past_runs, const std::vector<Loss>& losses);

  // Buffers an entry; the header is written again before it where a resync point is due.
  void Add(const EntryHeader& header, std::string_view payload);
  void AddLoss(const Loss& loss);
  // Buffers a record and those of its tables that the segment lacks.
  void AddRecord(Seq seq, const NewRecord& record);
  // Writes what was added and syncs it; then the index has it.
  [[nodiscard]] Status Commit();

  // Returns whether the table is written or buffered.
  bool HasTable(const TableId& id) const {
    return index_.tables.contains(id) || pending_index_.tables.contains(id);
  }
  // Returns what is durable. Its losses are those that this segment reports.
  const SegmentIndex& index() const { return index_; }
  // Returns the file. Its bytes exist even if its name has gone.
  const WritableFile& file() const { return *file_; }
  // Returns the bytes written or buffered.
  ByteCount bytes() const { return offset_; }

 private:
  SegmentWriter(std::unique_ptr<WritableFile> file, const SegmentHeader& header);
  void AddHeader();
  void AddEntry(EntryHeader header, std::string_view payload);

  std::unique_ptr<WritableFile> file_;
  const std::string header_payload_;
  const SegmentSeed seed_;
  ByteCount offset_ = 0;
  ByteCount next_resync_ = kResyncBytes;
  std::string pending_;
  SegmentIndex pending_index_;
  SegmentIndex index_;
};

}  // namespace godwit::agent
