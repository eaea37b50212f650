// What a spool's folder holds when it is opened. Reads, and writes nothing: one header a run, and
// the last segment of each run that no later one names as its past.
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
  // By the names: the seq before the next segment's first; below first_seq when it holds none.
  Seq last_seq = 0;
  bool durable = true;   // its opening is synced, so it identifies its run
  bool certain = false;  // this process wrote or read it: `SpooledRun::held` is true of it
  bool away = false;     // somebody took it: its name leads nowhere
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
  bool unread = false;             // the disk did not let us see whose it is
  std::vector<PastRun> past_runs;  // nearest first
  std::map<SegmentKey, SpooledSegment> segments;
  SeqSet held;
  Seq last_seq = 0;  // the highest it is known to have reached, held or not
  bool unclean = false;
  bool uncertain = false;  // its last segment could not be read
  // Neither sent nor reported nor trimmed.
  bool excluded() const { return foreign || unread; }
};

struct RecoveredSpool {
  std::vector<SpooledRun> runs;    // oldest first
  std::vector<PastRun> past_runs;  // of the run that begins now
  LossList losses;
  // Of losses that a segment of the newest run names: records that another segment has.
  std::map<RunId, SeqSet> found_again;
  ByteCount damaged_bytes = 0;  // in the segments that were read
  // Not so if a read failed: worth trying again. Damage is no failure.
  bool complete = true;
};

// Fails only when the folder cannot be listed.
[[nodiscard]] StatusOr<RecoveredSpool> RecoverSpool(FileSystem& files, const std::string& directory,
                                                    const std::string& device_id);

// The name of the file that says: segments of this device count as ours.
std::string AdoptionFileName(std::string_view device_id);
inline constexpr std::string_view kAdoptionPrefix = "adopted-";
// Behind that name, until the file is whole.
inline constexpr std::string_view kAdoptionUnderWay = ".new";

}  // namespace godwit::agent
