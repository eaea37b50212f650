// Segments of format 1 as they were first written (tests/golden/spool-1): every later reader reads
// them, and as long as format 1 is written, it is written like this. docs/spool-format.md explains
// the bytes of the first.
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "agent/spool/spool.h"
#include "base/text.h"
#include "platform/linux/linux_file_system.h"
#include "platform/read_file.h"
#include "tests/sim/sim_file_system.h"

namespace godwit::agent {
namespace {

constexpr char kGolden[] = GODWIT_SOURCE_DIR "/tests/golden/spool-1";
constexpr RunId kFirstRun = 0xaa;

// Run ids that count up.
class CountingRandom final : public Random {
 public:
  explicit CountingRandom(RunId first) : next_(first) {}
  uint64_t Next() override { return next_++; }

 private:
  uint64_t next_;
};

class GoldenSpool : public testing::Test {
 protected:
  std::unique_ptr<Spool> Open() {
    return *Spool::Open({.path = "/spool", .device_id = "dev-1", .boot_id = "0123456789abcdef"},
                        disk_, random_);
  }
  // What made the golden files.
  void Write() {
    auto first = Open();
    first->Append({.tables = {{"table-id-16bytes", "a table"}},
                   .batch = "hello",
                   .first_unix_ns = 1'790'000'000'000'000'000,
                   .last_unix_ns = 1'790'000'009'000'000'000});
    first->Lose(LossReason::kOverload);
    first->Append({.batch = std::string(kResyncBytes, 'x')});
    first->Append({.batch = "behind a resync point"});
    first->End();
    first.reset();
    Open()->Append({.tables = {{"table-id-16bytes", "a table"}}, .batch = "cut off"});
  }
  void LoadGolden() {
    ASSERT_TRUE(disk_.CreateDirectories("/spool").ok());
    LinuxFileSystem files;
    const auto entries = files.List(kGolden);
    ASSERT_TRUE(entries.ok()) << entries.status();
    for (const FileEntry& entry : *entries) {
      auto file = disk_.Create("/spool/" + entry.name);
      ASSERT_TRUE((*file)->Append(*ReadFile(files, Cat(kGolden, "/", entry.name), 1 << 20)).ok());
    }
  }

  sim::SimScheduler scheduler_{1};
  sim::SimFileSystem disk_{scheduler_};
  CountingRandom random_{kFirstRun};
};

TEST_F(GoldenSpool, IsReadForEver) {
  LoadGolden();
  random_ = CountingRandom(0x100);  // the next run of that machine
  const auto spool = Open();
  std::map<RecordName, std::string> batches;
  std::optional<RecordName> at;
  while ((at = spool->Next(at))) {
    const auto record = spool->Read(*at);
    ASSERT_TRUE(record.ok()) << record.status();
    batches[*at] = record->batch;
  }
  EXPECT_EQ(batches, (std::map<RecordName, std::string>{{{0xaa, 1}, "hello"},
                                                        {{0xaa, 3}, std::string(kResyncBytes, 'x')},
                                                        {{0xaa, 4}, "behind a resync point"},
                                                        {{0xab, 1}, "cut off"}}));
  EXPECT_EQ(*spool->ReadTable("table-id-16bytes"), "a table");
  const auto runs = spool->Runs();
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_FALSE(runs[0].unclean);
  EXPECT_TRUE(runs[1].unclean);
  EXPECT_EQ(runs[1].follows_run, 0xaau);
  EXPECT_EQ(runs[1].follows_last_seq, 4u);
  EXPECT_EQ(spool->UnreportedLosses(), (std::vector<Loss>{{0xaa, {2, 2}, LossReason::kOverload}}));
}

// Lines of the example: an offset, two spaces, bytes in hexadecimal, at least two spaces, what they
// are.
TEST_F(GoldenSpool, IsTheExampleOfItsPage) {
  LinuxFileSystem files;
  const std::string page =
      *ReadFile(files, GODWIT_SOURCE_DIR "/docs/spool-format.md", kSmallFileBytesMax);
  const std::string golden =
      *ReadFile(files, Cat(kGolden, "/00000000000000aa-0000000000000001-0000.seg"), 1 << 20);
  const std::regex row("\n([0-9a-f]{4})  ((?:[0-9a-f]{2} ?)+)  ");
  size_t compared = 0;
  for (std::sregex_iterator at(page.begin(), page.end(), row), end; at != end; ++at) {
    size_t offset = std::stoul((*at)[1], nullptr, 16);
    std::istringstream bytes((*at)[2]);
    for (std::string byte; bytes >> byte; ++offset, ++compared) {
      EXPECT_EQ(byte, Hex(golden.substr(offset, 1))) << "at byte " << offset;
    }
  }
  EXPECT_EQ(compared, 263u);
}

TEST_F(GoldenSpool, IsWhatFormatOneWrites) {
  Write();
  LinuxFileSystem files;
  const auto written = disk_.List("/spool");
  EXPECT_EQ(*written, *files.List(kGolden));
  for (const FileEntry& entry : *written) {
    const auto golden = ReadFile(files, Cat(kGolden, "/", entry.name), 1 << 20);
    ASSERT_TRUE(golden.ok()) << golden.status();
    EXPECT_TRUE(disk_.BytesOf("/spool/" + entry.name) == *golden) << entry.name;
  }
}

}  // namespace
}  // namespace godwit::agent
