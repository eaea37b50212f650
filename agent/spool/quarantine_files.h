// Keeps copies of records that a collector would not take: rejected, or in conflict with what it
// has under their names. With a copy nothing is lost when the original is removed, and it can be
// offered to a collector that reads more. All copies take at most an eighth of the spool.
//
// Each copy is a file in the spool's folder, "<run>-<seq>.rejected" or "<run>-<seq>.conflict": a
// segment of format 1 with one record and its tables, so that every reader of segments can read it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/spool/memory_ring.h"
#include "agent/spool/segment_index.h"
#include "base/status.h"
#include "platform/file_system.h"

namespace godwit::agent {

enum class QuarantineKind { kRejected, kConflict };

// Format and parse the name of a copy's file. Parsing returns nothing for any other name.
std::string QuarantineFileName(const RecordName& name, QuarantineKind kind);
std::optional<std::pair<RecordName, QuarantineKind>> ParseQuarantineFileName(
    std::string_view file_name);

// Storage-confined.
class QuarantineFiles {
 public:
  QuarantineFiles(FileSystem& files, std::string directory, std::string device_id)
      : files_(files), directory_(std::move(directory)), device_id_(std::move(device_id)) {}

  // Lists the copies in the folder; does not read them.
  [[nodiscard]] Status Load();
  // Returns whether every copy in this listing of the folder is known.
  bool Knows(const std::vector<FileEntry>& folder) const;

  // Writes a copy; durable when this returns. kOutOfRange: all copies together would take more than
  // `bound`.
  [[nodiscard]] Status Put(QuarantineKind kind, const SegmentHeader& header, Seq seq,
                           const NewRecord& record, ByteCount bound);
  // Returns whether there is a sound copy. A half-written one, left by a power cut, does not count.
  bool HasSound(const RecordName& name);
  // Returns whether HasSound could not decide: the disk did not read the copy, and may later.
  bool IsUnread(const RecordName& name) const;
  // Reads a copy with its tables. kNotFound, kDataLoss.
  [[nodiscard]] StatusOr<NewRecord> Read(const RecordName& name);
  void Remove(const RecordName& name);

  std::vector<RecordName> Names(QuarantineKind kind) const;
  // Returns the bytes of all copies, in blocks of the disk.
  ByteCount bytes() const { return bytes_; }

 private:
  struct Copy {
    QuarantineKind kind = QuarantineKind::kRejected;
    ByteCount bytes = 0;
    bool sound = false;   // read, or written, and found whole
    bool unread = false;  // the disk did not read it when it was last tried
  };

  std::string PathOf(const RecordName& name, QuarantineKind kind) const;
  void Forget(const RecordName& name);

  FileSystem& files_;
  const std::string directory_;
  const std::string device_id_;
  std::map<RecordName, Copy> copies_;
  ByteCount bytes_ = 0;
};

}  // namespace godwit::agent
