// A disk that hangs, and one that is slow: nobody waits for it longer than the patience, and what
// comes too late does no harm.
#include "platform/linux/patient_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/time/clock.h"
#include "platform/linux/linux_file_system.h"
#include "platform/read_file.h"
#include "tests/contract/temporary_folder.h"

namespace godwit {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kLeast = absl::Milliseconds(150);

// A real disk whose operations wait while it hangs.
class HangingFileSystem final : public FileSystem,
                                public std::enable_shared_from_this<HangingFileSystem> {
 public:
  void Hang(bool hangs) {
    const std::lock_guard lock(mutex_);
    hangs_ = hangs;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !hangs_; });
  }

  StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    Pass();
    GODWIT_ASSIGN_OR_RETURN(auto file, files_.Create(path));
    return std::make_unique<Writable>(shared_from_this(), std::move(file));
  }
  StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) override {
    Pass();
    return files_.Open(path);
  }
  StatusOr<std::vector<FileEntry>> List(const std::string& directory) override {
    Pass();
    return files_.List(directory);
  }
  Status Remove(const std::string& path) override {
    Pass();
    return files_.Remove(path);
  }
  Status CreateDirectories(const std::string& directory) override {
    Pass();
    return files_.CreateDirectories(directory);
  }
  Status SyncDirectory(const std::string& directory) override {
    Pass();
    return files_.SyncDirectory(directory);
  }
  StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    Pass();
    return files_.Lock(path);
  }
  StatusOr<Space> FreeSpace(const std::string& directory) override {
    Pass();
    return files_.FreeSpace(directory);
  }

 private:
  struct Writable final : WritableFile {
    Writable(std::shared_ptr<HangingFileSystem> owner_in, std::unique_ptr<WritableFile> file_in)
        : owner(std::move(owner_in)), file(std::move(file_in)) {}
    ~Writable() override { owner->Pass(); }  // closing hangs, too
    Status Append(std::string_view bytes) override {
      owner->Pass();
      return file->Append(bytes);
    }
    Status Sync() override {
      owner->Pass();
      return file->Sync();
    }
    StatusOr<bool> HasItsName() const override {
      owner->Pass();
      return file->HasItsName();
    }
    Status RenameTo(const std::string& path) override {
      owner->Pass();
      return file->RenameTo(path);
    }
    StatusOr<std::string> ReadAt(ByteCount offset, ByteCount count) const override {
      owner->Pass();
      return file->ReadAt(offset, count);
    }
    StatusOr<ByteCount> Size() const override {
      owner->Pass();
      return file->Size();
    }
    std::shared_ptr<HangingFileSystem> owner;
    std::unique_ptr<WritableFile> file;
  };

  LinuxFileSystem files_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool hangs_ = false;
};

class PatientFileSystemTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) { return folder_.path() + "/" + name; }
  void AnswerAgain() {
    disk_->Hang(false);
    while (patient_.hangs()) std::this_thread::yield();
  }

  TemporaryFolder folder_;
  std::shared_ptr<HangingFileSystem> disk_ = std::make_shared<HangingFileSystem>();
  PatientFileSystem patient_{disk_, {.least = kLeast, .most = absl::Seconds(20)}};
};

TEST_F(PatientFileSystemTest, ADiskThatAnswersIsAsItIsWithoutIt) {
  ASSERT_TRUE(patient_.CreateDirectories(Path("a/b")).ok());
  auto file = patient_.Create(Path("a/b/c"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE((*file)->Append("bytes").ok());
  EXPECT_TRUE((*file)->Sync().ok());
  EXPECT_TRUE(patient_.SyncDirectory(Path("a/b")).ok());
  EXPECT_EQ(*ReadFile(patient_, Path("a/b/c"), 100), "bytes");
  EXPECT_TRUE(absl::IsAlreadyExists(patient_.Create(Path("a/b/c")).status()));
  EXPECT_TRUE(absl::IsNotFound(patient_.Open(Path("none")).status()));
  EXPECT_EQ(patient_.List(Path("a/b"))->size(), 1u);
  EXPECT_GT(patient_.FreeSpace(Path("a"))->total, 0u);
  const auto lock = patient_.Lock(Path("lock"));
  ASSERT_TRUE(lock.ok());
  EXPECT_TRUE(absl::IsUnavailable(patient_.Lock(Path("lock")).status()));
  EXPECT_TRUE(patient_.Remove(Path("a/b/c")).ok());
  EXPECT_FALSE(patient_.hangs());
}

TEST_F(PatientFileSystemTest, ASyncThatHangsIsAnErrorSoonAndEverythingAfterItAtOnce) {
  auto file = *patient_.Create(Path("file"));
  ASSERT_TRUE(file->Append("bytes").ok());
  disk_->Hang(true);
  const Status sync = file->Sync();
  EXPECT_TRUE(absl::IsInternal(sync)) << sync;
  EXPECT_THAT(Message(sync), HasSubstr("file: the disk does not answer within 150ms"));
  EXPECT_TRUE(patient_.hangs());
  const absl::Time started = absl::Now();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(absl::IsInternal(file->Append("more")));
    EXPECT_TRUE(absl::IsInternal(patient_.Create(Path("other")).status()));
    EXPECT_TRUE(absl::IsInternal(patient_.FreeSpace(folder_.path()).status()));
    EXPECT_TRUE(absl::IsInternal(patient_.Remove(Path("file"))));
  }
  EXPECT_LT(absl::Now() - started, 20 * kLeast);
  file.reset();  // closing it waits for nobody
  AnswerAgain();
  EXPECT_EQ(*ReadFile(patient_, Path("file"), 100), "bytes");
  EXPECT_TRUE(patient_.Create(Path("other")).ok());
}

TEST_F(PatientFileSystemTest, WhatComesTooLateLeavesNothingBehind) {
  disk_->Hang(true);
  EXPECT_FALSE(patient_.Create(Path("late")).ok());
  AnswerAgain();
  EXPECT_TRUE(absl::IsNotFound(patient_.Open(Path("late")).status()));
  EXPECT_TRUE(patient_.Create(Path("late")).ok()) << "its name is free";

  disk_->Hang(true);
  EXPECT_FALSE(patient_.Lock(Path("lock")).ok());
  AnswerAgain();
  EXPECT_TRUE(patient_.Lock(Path("lock")).ok()) << "nobody holds it";
}

TEST_F(PatientFileSystemTest, ADiskThatIsSlowEachTimeIsWaitedForAfterTheFirstTime) {
  auto file = *patient_.Create(Path("file"));
  disk_->Hang(true);
  EXPECT_FALSE(file->Sync().ok());
  absl::SleepFor(4 * kLeast);
  AnswerAgain();
  // It may take twice as long as it did now.
  disk_->Hang(true);
  std::thread answer([this] {
    absl::SleepFor(3 * kLeast);
    disk_->Hang(false);
  });
  EXPECT_TRUE(file->Sync().ok());
  answer.join();
}

TEST_F(PatientFileSystemTest, ItsEndWaitsForNothingThatHangs) {
  auto patient = std::make_unique<PatientFileSystem>(
      disk_, PatientFileSystem::Patience{.least = kLeast, .most = kLeast});
  auto file = *patient->Create(Path("file"));
  disk_->Hang(true);
  EXPECT_FALSE(file->Sync().ok());
  file.reset();
  patient.reset();
  disk_->Hang(false);
}

}  // namespace
}  // namespace godwit
