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

// Storage-confined.
class SegmentWriter {
 public:
  // Begins a new file with its opening; its bytes are durable when this returns, its name is once
  // the folder is synced.
  [[nodiscard]] static StatusOr<std::unique_ptr<SegmentWriter>> Begin(
      std::unique_ptr<WritableFile> file, const SegmentHeader& header,
      const std::vector<PastRun>& past_runs, const std::vector<Loss>& losses);

  // Buffers an entry, in front of it the header again where a resync point is due.
  void Add(const EntryHeader& header, std::string_view payload);
  void AddLoss(const Loss& loss);
  // With those of its tables that the segment lacks.
  void AddRecord(Seq seq, const NewRecord& record);
  // Writes what was added and syncs it; only then does the index have it.
  [[nodiscard]] Status Commit();

  // Written or buffered.
  bool HasTable(const TableId& id) const {
    return index_.tables.contains(id) || pending_index_.tables.contains(id);
  }
  // What is durable. Losses in it are those that this segment tells of.
  const SegmentIndex& index() const { return index_; }
  // Its bytes are there, whatever became of its name.
  const WritableFile& file() const { return *file_; }
  // Everything written or buffered.
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
