// Recovers the contents of a spool's folder when it is opened. Reads one header for each run, and
// the last segment of each run that no later one names as its past; writes nothing.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/spool/loss_list.h"
#include "agent/spool/segment_index.h"
#include "platform/file_system.h"

namespace godwit::agent {

struct SpooledSegment {
  std::string path;
  SegmentName name;
  ByteCount bytes = 0;
  // The last sequence number by the file names: the one before the next segment's first; below
  // first_seq if the segment holds none.
  Seq last_seq = 0;
  bool durable = true;   // its opening is synced, so it identifies its run
  bool certain = false;  // this process wrote or read it, so `SpooledRun::held` is right about it
  bool away = false;     // it was moved or removed: its name leads nowhere
  SeqRange seqs() const { return {name.first_seq, last_seq}; }
  bool empty() const { return last_seq < name.first_seq; }
};

// Orders the segments of a run: first seq, attempt.
using SegmentKey = std::pair<Seq, uint16_t>;
inline SegmentKey KeyOf(const SegmentName& name) {
  return {name.first_seq, name.attempt};
}

struct SpooledRun {
  RunId id = 0;
  uint64_t number = 0;  // 0 when no header of it is left
  std::string device_id;
  bool foreign = false;            // of another device, and not adopted
  bool unread = false;             // the disk did not read whose it is
  std::vector<PastRun> past_runs;  // nearest first
  std::map<SegmentKey, SpooledSegment> segments;
  SeqSet held;
  Seq last_seq = 0;  // the highest it is known to have reached, held or not
  bool unclean = false;
  bool uncertain = false;  // its last segment could not be read
  // Returns whether the run is excluded: neither sent nor reported nor trimmed.
  bool excluded() const { return foreign || unread; }
};

struct RecoveredSpool {
  std::vector<SpooledRun> runs;    // oldest first
  std::vector<PastRun> past_runs;  // of the run that begins now
  LossList losses;
  // Records that a segment of the newest run names as lost, and that another segment has.
  std::map<RunId, SeqSet> found_again;
  ByteCount damaged_bytes = 0;  // in the segments that were read
  // False if a read failed: worth trying again. Damage is no failure.
  bool complete = true;
};

// Recovers a spool. Fails only if the folder cannot be listed.
[[nodiscard]] StatusOr<RecoveredSpool> RecoverSpool(FileSystem& files, const std::string& directory,
                                                    const std::string& device_id);

// Returns the name of the file that adopts the segments of this device.
std::string AdoptionFileName(std::string_view device_id);
inline constexpr std::string_view kAdoptionPrefix = "adopted-";
// The suffix of that name until the file is whole.
inline constexpr std::string_view kAdoptionUnderWay = ".new";

}  // namespace godwit::agent
