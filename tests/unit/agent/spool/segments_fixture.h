// A folder of segments as spools leave them, on a simulated disk.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/spool/recovery.h"
#include "agent/spool/segment_writer.h"
#include "tests/sim/sim_file_system.h"

namespace godwit::agent {

using Ranges = std::vector<SeqRange>;

// One segment: its opening, and a record for each seq up to `last_seq`.
struct Segment {
  RunId run = 0;
  uint64_t number = 1;  // of the run
  Seq first_seq = 1;
  Seq last_seq = 0;  // of its records
  std::vector<PastRun> past_runs = {};
  std::vector<Loss> losses = {};
  bool ended = false;
  std::string device_id = "dev";
  std::vector<SpoolTable> tables = {};  // of each record
};

class SegmentsTest : public testing::Test {
 protected:
  static constexpr char kFolder[] = "/spool";

  SegmentsTest() { EXPECT_TRUE(disk_.CreateDirectories(kFolder).ok()); }

  // Returns the path.
  std::string Put(const Segment& segment) {
    const std::string path = std::string(kFolder) + "/" +
                             SegmentFileName({.run = segment.run, .first_seq = segment.first_seq});
    const auto writer = *SegmentWriter::Begin(*disk_.Create(path),
                                              {.device_id = segment.device_id,
                                               .boot_id = BootId(kBootIdSize, 'b'),
                                               .run = segment.run,
                                               .run_number = segment.number,
                                               .first_seq = segment.first_seq},
                                              segment.past_runs, segment.losses);
    for (Seq seq = segment.first_seq; seq <= segment.last_seq; ++seq) {
      writer->AddRecord(seq, {.tables = segment.tables, .batch = "batch"});
    }
    if (segment.ended) writer->Add({.type = EntryType::kEnd, .seq = segment.last_seq}, {});
    EXPECT_TRUE(writer->Commit().ok());
    return path;
  }
  RecoveredSpool Recover() {
    auto recovered = RecoverSpool(disk_, kFolder, "dev");
    EXPECT_TRUE(recovered.ok()) << recovered.status();
    return recovered.ok() ? *std::move(recovered) : RecoveredSpool();
  }

  sim::SimScheduler scheduler_{1};
  sim::SimFileSystem disk_{scheduler_};
};

}  // namespace godwit::agent
