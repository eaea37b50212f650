// A second reader of spool files, written from docs/spool-format.md alone: slow, plain, and sharing
// no code with agent/spool/. The simulation's judge sees with it what truly lies on a disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::reference {

struct SpoolFileName {
  enum Kind { kSegment, kRejected, kConflict };
  Kind kind = kSegment;
  uint64_t run = 0;
  uint64_t first_seq = 0;
  uint64_t attempt = 0;  // of a segment
};

// Nothing for a file of another name. Takes a path, too.
std::optional<SpoolFileName> ParseSpoolFileName(std::string_view path);

// A sound entry.
struct SpoolEntry {
  enum Type { kHeader = 1, kTable = 2, kRecord = 3, kPastRuns = 4, kLoss = 5, kEnd = 6 };
  int type = 0;
  size_t offset = 0;
  size_t bytes = 0;                 // with its header
  uint64_t seq = 0;                 // of a record; the last one, of an end
  std::vector<std::string> tables;  // ids that a record uses, or that of a table
  std::vector<uint64_t> runs;       // that an entry of past runs names
  uint64_t batch_checksum = 0;      // of a record
};

// Appends the sound entries at or behind `from`, which is the end of a sound one or zero. Bytes
// that belong to none are passed over.
void ReadSpoolEntries(const SpoolFileName& name, std::string_view bytes, std::string_view device_id,
                      size_t from, std::vector<SpoolEntry>& entries);

}  // namespace godwit::reference
