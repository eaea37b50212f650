// File systems that do not answer: nobody waits for one of them twice, the others have their
// values, and there is one thread for each, however often they are asked for.
#include "platform/linux/mount_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <set>

#include "absl/time/clock.h"
#include "base/text.h"

namespace godwit {
namespace {

using testing::HasSubstr;

// On a busy machine a thread may wait for a processor longer than on a quiet one.
constexpr MountPatience kShort = {.one = absl::Milliseconds(400), .all = absl::Seconds(5)};

// Mounts whose size is their id; some hang.
class Mounts {
 public:
  // Shared with threads that outlast a test.
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::set<uint64_t> hanging;
    int asked = 0;
  };

  ~Mounts() { Hang({}); }

  void Hang(std::set<uint64_t> ids) {
    const std::lock_guard lock(state_->mutex);
    state_->hanging = std::move(ids);
    state_->changed.notify_all();
  }
  int asked() const {
    const std::lock_guard lock(state_->mutex);
    return state_->asked;
  }
  MountProbe::Ask ask() const {
    return [state = state_](const MountedFileSystem& mounted) -> StatusOr<FileSystemUsage> {
      std::unique_lock lock(state->mutex);
      ++state->asked;
      state->changed.wait(lock, [&] { return !state->hanging.contains(mounted.mount_id); });
      return FileSystemUsage{.total_bytes = mounted.mount_id};
    };
  }

 private:
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

std::vector<MountedFileSystem> Numbered(uint64_t first, uint64_t last) {
  std::vector<MountedFileSystem> mounts;
  for (uint64_t id = first; id <= last; ++id) mounts.push_back({id, Cat("/mnt/", id)});
  return mounts;
}

size_t Threads() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/self/task")) {
    ++count;
  }
  return count;
}

TEST(MountProbeTest, EachMountHasItsOwnAnswer) {
  const Mounts mounts;
  MountProbe probe(mounts.ask(), kShort);
  const auto answers = probe.UsagesOf(Numbered(1, 3));
  ASSERT_EQ(answers.size(), 3u);
  for (size_t i = 0; i < answers.size(); ++i) {
    ASSERT_TRUE(answers[i].ok()) << answers[i].status();
    EXPECT_EQ(answers[i]->total_bytes, i + 1);
  }
  EXPECT_TRUE(probe.UsagesOf({}).empty());
}

TEST(MountProbeTest, OneThatIsSilentCostsNoOtherItsAnswerAndIsAwaitedOnce) {
  Mounts mounts;
  mounts.Hang({2});
  MountProbe probe(mounts.ask(), kShort);
  auto answers = probe.UsagesOf(Numbered(1, 3));
  EXPECT_TRUE(answers[0].ok() && answers[2].ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(answers[1].status())) << answers[1].status();
  const size_t threads = Threads();
  const int asked = mounts.asked();
  for (int i = 0; i < 10; ++i) {
    answers = probe.UsagesOf(Numbered(1, 3));
    EXPECT_TRUE(answers[0].ok() && answers[2].ok());
    EXPECT_TRUE(absl::IsUnavailable(answers[1].status())) << answers[1].status();
  }
  EXPECT_EQ(mounts.asked(), asked + 20) << "it is not asked again";
  EXPECT_LE(Threads(), threads) << "nor is there one more thread for each call";

  mounts.Hang({});
  for (int i = 0; i < 100 && !answers[1].ok(); ++i) {
    absl::SleepFor(absl::Milliseconds(10));
    answers = probe.UsagesOf(Numbered(1, 3));
  }
  EXPECT_TRUE(answers[1].ok()) << answers[1].status();
}

TEST(MountProbeTest, BeyondSoManySilentOnesNoMountIsAskedAndTheErrorSaysSo) {
  Mounts mounts;
  mounts.Hang({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  MountProbe probe(mounts.ask(), {.one = absl::Milliseconds(50), .all = absl::Seconds(20)});
  const auto answers = probe.UsagesOf(Numbered(1, 11));
  EXPECT_TRUE(absl::IsDeadlineExceeded(answers[kSilentMountsMax - 1].status()));
  EXPECT_TRUE(absl::IsResourceExhausted(answers[kSilentMountsMax].status()));
  EXPECT_TRUE(absl::IsResourceExhausted(answers[10].status()));
  EXPECT_THAT(Message(answers[10].status()), HasSubstr("8 others do not answer"));
  EXPECT_EQ(mounts.asked(), static_cast<int>(kSilentMountsMax));
}

TEST(MountProbeTest, ACallEndsInTimeHoweverManyAreSilent) {
  Mounts mounts;
  mounts.Hang({1, 2, 3, 4, 5, 6, 7, 8});
  MountProbe probe(mounts.ask(), {.one = absl::Seconds(1), .all = absl::Milliseconds(200)});
  const absl::Time started = absl::Now();
  const auto answers = probe.UsagesOf(Numbered(1, 9));
  EXPECT_LT(absl::Now() - started, absl::Seconds(4));
  EXPECT_TRUE(absl::IsUnavailable(answers[8].status())) << answers[8].status();
}

TEST(MountProbeTest, WhatIsLeftBehindDoesNotKeepIt) {
  Mounts mounts;
  mounts.Hang({1});
  const absl::Time started = absl::Now();
  {
    MountProbe probe(mounts.ask(), kShort);
    probe.UsagesOf(Numbered(1, 1));
  }
  EXPECT_LT(absl::Now() - started, absl::Seconds(5));
}

}  // namespace
}  // namespace godwit
