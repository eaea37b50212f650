// A spool on a simulated disk, and short words for what tests do with it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/spool/spool.h"
#include "tests/sim/sim_file_system.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::agent {

class SpoolTest : public testing::Test {
 protected:
  SpoolOptions Options() {
    return {.path = "/spool",
            .device_id = "dev",
            .boot_id = BootId(kBootIdSize, 'b'),
            .max_bytes = max_bytes_};
  }

  void Open() {
    spool_.reset();
    auto spool = Spool::Open(Options(), disk_, random_);
    ASSERT_TRUE(spool.ok()) << spool.status();
    spool_ = *std::move(spool);
  }
  // A record of `size` bytes with one table.
  NewRecord Record(size_t size, char fill = 'r') {
    return {.tables = {{std::string(kTableIdSize, 't'), "the table"}},
            .batch = std::string(size, fill),
            .first_unix_ns = wall_ns_,
            .last_unix_ns = wall_ns_};
  }
  RecordName Append(size_t size, char fill = 'r') {
    const Appended appended = spool_->Append(Record(size, fill));
    EXPECT_EQ(appended.fate, Appended::Fate::kSafe);
    return appended.name;
  }
  std::vector<RecordName> Unsettled() {
    std::vector<RecordName> names;
    std::optional<RecordName> at;
    while ((at = spool_->Next(at))) names.push_back(*at);
    return names;
  }
  size_t Segments() { return disk_.List("/spool")->size(); }
  std::string Path(size_t segment = 0) {
    return "/spool/" + disk_.List("/spool")->at(segment).name;
  }

  sim::SimScheduler scheduler_{1};
  sim::SimRandom random_{scheduler_};
  sim::SimFileSystem disk_{scheduler_};
  int64_t wall_ns_ = 1'000;
  ByteCount max_bytes_ = ByteCount{8} << 20;
  std::unique_ptr<Spool> spool_;
};

}  // namespace godwit::agent
