// Keeps copies of records that a collector did not accept: it rejected them, or it has other
// records under their names. The original can then be removed without loss, and the copy can be
// offered again to a later version of the collector that accepts it. The spool bounds all copies to
// an eighth of its size.
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

// The copies in one folder, at most one of each record. Storage-confined.
class QuarantineFiles {
 public:
  QuarantineFiles(FileSystem& files, std::string directory, std::string device_id)
      : files_(files), directory_(std::move(directory)), device_id_(std::move(device_id)) {}

  // Lists the copies in the folder; does not read them.
  [[nodiscard]] Status Load();
  // Returns whether every copy in this listing of the folder is known. If not, one has come back
  // after a disk's failure: Load again.
  bool Knows(const std::vector<FileEntry>& folder) const;

  // Writes a copy; it is durable when this returns OK. If there is a sound copy of the record, of
  // either kind, returns OK and writes nothing. A damaged copy is replaced. kOutOfRange: all copies
  // together would take more than `bound`; nothing is written. Other errors: the disk's; if there
  // is a copy that it does not read now, the copy stays.
  [[nodiscard]] Status Put(QuarantineKind kind, const SegmentHeader& header, Seq seq,
                           const NewRecord& record, ByteCount bound);
  // Returns whether there is a sound copy. Reads a copy that is not known to be sound, and may
  // block. A half-written one, left by a power cut, is not sound.
  bool HasSound(const RecordName& name);
  // Returns whether the last HasSound could not decide, because the disk did not read the copy. It
  // may later.
  bool IsUnread(const RecordName& name) const;
  // Reads a copy with its tables. kNotFound: there is none. kDataLoss: it is damaged. Other errors:
  // the disk did not read it.
  [[nodiscard]] StatusOr<NewRecord> Read(const RecordName& name);
  // Removes a copy. A copy that the disk does not remove stays known.
  void Remove(const RecordName& name);

  std::vector<RecordName> Names(QuarantineKind kind) const;
  // Returns the bytes of all copies, rounded up to blocks of the disk.
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
