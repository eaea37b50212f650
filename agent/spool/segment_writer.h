// Appends entries to one new segment and makes them durable. After any error the segment is
// finished: it is never written to or synced again (the kernel marks failed pages clean, so a
// second fdatasync would succeed without writing them).
#pragma once

#include <memory>
#include <set>
#include <string>

#include "agent/spool/segment_format.h"
#include "agent/spool/segment_scan.h"
#include "platform/file_system.h"

namespace godwit::agent {

// Storage-confined.
class SegmentWriter {
 public:
  // Creates the file, writes its header; the name is durable when this returns.
  [[nodiscard]] static StatusOr<std::unique_ptr<SegmentWriter>> Create(FileSystem& files,
                                                                       const std::string& directory,
                                                                       const std::string& file_name,
                                                                       const SegmentHeader& header);

  // Buffers an entry; returns where it will stand.
  EntryPlace Add(const EntryHeader& header, std::string_view payload);
  // Writes what was added and syncs it.
  [[nodiscard]] Status Commit();

  ByteCount bytes() const { return offset_; }

 private:
  SegmentWriter(std::unique_ptr<WritableFile> file, RunId run, ByteCount offset)
      : file_(std::move(file)), run_(run), offset_(offset) {}

  std::unique_ptr<WritableFile> file_;
  RunId run_;
  ByteCount offset_;
  std::string pending_;
};

}  // namespace godwit::agent
