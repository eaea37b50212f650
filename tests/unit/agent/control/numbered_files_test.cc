// Files that are replaced as a whole.
#include "agent/control/numbered_files.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/sim/sim_file_system.h"

namespace godwit::agent {
namespace {

class NumberedFilesTest : public testing::Test {
 protected:
  NumberedFiles Opened() { return {disk_, "/state", ".part"}; }

  std::map<uint64_t, std::string> Loaded(NumberedFiles& files, ByteCount bytes_max = 100) {
    std::map<uint64_t, std::string> found;
    EXPECT_TRUE(files
                    .Load(bytes_max,
                          [&](std::string_view bytes, uint64_t number) {
                            EXPECT_TRUE(found.empty() || number > found.rbegin()->first);
                            found[number] = bytes;
                          })
                    .ok());
    return found;
  }

  static NumberedFiles::Content Saying(const std::string& text) {
    return [text](uint64_t number) { return text + std::to_string(number); };
  }

  sim::SimScheduler scheduler_{1};
  sim::SimFileSystem disk_{scheduler_};
};

TEST_F(NumberedFilesTest, AFolderThatIsNotThereHasNone) {
  NumberedFiles files = Opened();
  EXPECT_TRUE(Loaded(files).empty());
  EXPECT_EQ(files.number(), 0U);
}

TEST_F(NumberedFilesTest, EachVersionIsANewFileAndTheOlderOneGoes) {
  NumberedFiles files = Opened();
  ASSERT_TRUE(files.Replace(Saying("a")).ok());
  ASSERT_TRUE(files.Replace(Saying("b")).ok());
  NumberedFiles again = Opened();
  EXPECT_EQ(Loaded(again), (std::map<uint64_t, std::string>{{2, "b2"}}));
  EXPECT_EQ(again.number(), 2U);
  ASSERT_TRUE(again.Replace(Saying("c")).ok());
  NumberedFiles last = Opened();
  EXPECT_EQ(Loaded(last), (std::map<uint64_t, std::string>{{3, "c3"}}));
}

TEST_F(NumberedFilesTest, AVersionSurvivesAPowerCutAsSoonAsItIsReturned) {
  NumberedFiles files = Opened();
  ASSERT_TRUE(files.Replace(Saying("a")).ok());
  disk_.PowerCut(sim::Unsynced::kDropped, sim::UnsyncedNames::kLost);
  NumberedFiles again = Opened();
  EXPECT_EQ(Loaded(again), (std::map<uint64_t, std::string>{{1, "a1"}}));
}

TEST_F(NumberedFilesTest, APowerCutAtAnyOperationLeavesAWholeVersion) {
  for (int operation = 0; operation < 12; ++operation) {
    sim::SimFileSystem disk(scheduler_);
    NumberedFiles files(disk, "/state", ".part");
    ASSERT_TRUE(files.Replace(Saying("a")).ok());
    int left = operation;
    disk.set_hook([&left](bool after) {
      if (!after && left-- == 0) throw 1;
    });
    try {
      files.Replace(Saying("b")).IgnoreError();
    } catch (int) {
    }
    disk.set_hook(nullptr);
    disk.PowerCut();
    NumberedFiles again(disk, "/state", ".part");
    const auto found = Loaded(again);
    EXPECT_TRUE((found.contains(1) && found.at(1) == "a1") ||
                (found.contains(2) && found.at(2) == "b2"))
        << operation;
  }
}

TEST_F(NumberedFilesTest, FilesOfOtherNamesAreNotTheirsAndLongOnesAreCut) {
  NumberedFiles files = Opened();
  ASSERT_TRUE(files.Replace(Saying("abcdef")).ok());
  for (const char* name : {"/state/1.part", "/state/000000000000000g.part",
                           "/state/0000000000000009.other", "/state/0000000000000009.part2"}) {
    ASSERT_TRUE(disk_.Create(name).ok());
  }
  NumberedFiles again = Opened();
  EXPECT_EQ(Loaded(again, 3), (std::map<uint64_t, std::string>{{1, "abc"}}));
}

}  // namespace
}  // namespace godwit::agent
