// The contents of one segment, found by reading it. A hint in memory: the segment is the truth.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/spool/memory_ring.h"
#include "agent/spool/segment_reader.h"

namespace godwit::agent {

struct SegmentIndex {
  std::optional<SegmentHeader> header;  // none when no copy of it is sound
  std::vector<PastRun> past_runs;       // nearest first
  std::vector<Loss> losses;
  std::map<Seq, EntryPlace> records;
  std::map<TableId, EntryPlace> tables;
  bool ended = false;  // its last entry is an end
  Seq last_seq = 0;    // the highest that it names, even if the record itself is damaged
  ByteCount damaged_bytes = 0;

  void Note(const SegmentReader::Entry& entry);
};

// Reads only the header: one block, if the segment's start is sound. Returns nothing if no copy of
// it is.
[[nodiscard]] StatusOr<std::optional<SegmentHeader>> ReadHeader(const ReadableFile& file,
                                                                const SegmentName& name);

// Reads the entries before the first table or record: the owner and the past runs. Entries of a
// segment without a sound header count as those of `own_device`.
[[nodiscard]] StatusOr<SegmentIndex> ReadOpening(const ReadableFile& file, const SegmentName& name,
                                                 const std::string& own_device);

// Reads a record of the index with its tables, as it was before it was written. kNotFound,
// kDataLoss.
[[nodiscard]] StatusOr<NewRecord> ReadRecord(const ReadableFile& file, const SegmentSeed& seed,
                                             const SegmentIndex& index, Seq seq);

// Reads the whole segment.
[[nodiscard]] StatusOr<SegmentIndex> ReadIndex(const ReadableFile& file, const SegmentName& name,
                                               const std::string& own_device);

}  // namespace godwit::agent
