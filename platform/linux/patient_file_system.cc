#include "platform/linux/patient_file_system.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "base/mutex.h"
#include "base/text.h"
#include "base/units.h"
#include "platform/linux/blocking_worker.h"

namespace godwit {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Between the caller and the thread, which share it under the disk's mutex.
template <typename Result>
struct Call {
  std::optional<Result> result;
  bool abandoned = false;
};

}  // namespace

// The thread that does the operations, one after another, and what is known of its disk.
class PatientFileSystem::Disk {
 public:
  explicit Disk(Patience patience) : limits_(patience), patience_(patience.least) {}

  bool hangs() const {
    const MutexLock lock(mutex_);
    return hangs_;
  }

  // `operation` owns all that it uses. `undo` gets a result for which nobody waited.
  template <typename Result>
  static Result Do(const std::shared_ptr<Disk>& disk, const std::string& what,
                   std::function<Result()> operation, std::function<void(Result)> undo = nullptr,
                   bool is_sync = false) {
    const auto call = std::make_shared<Call<Result>>();
    const MutexLock lock(disk->mutex_);
    if (disk->hangs_) {
      return Error(StatusCode::kInternal, Cat(what, ": the disk does not answer"));
    }
    disk->worker_.Post([disk, call, operation = std::move(operation), undo = std::move(undo),
                        is_sync] { disk->Run<Result>(*call, operation, undo, is_sync); });
    const absl::Duration patience = disk->patience_;
    if (disk->done_.AwaitFor(disk->mutex_, patience, [&] { return call->result.has_value(); })) {
      return *std::move(call->result);
    }
    call->abandoned = true;
    disk->hangs_ = true;
    return Error(StatusCode::kInternal,
                 Cat(what, ": the disk does not answer within ", DurationText(patience)));
  }

  static StatusOr<std::string> Read(const std::shared_ptr<Disk>& disk,
                                    std::shared_ptr<ReadableFile> file, const std::string& path,
                                    ByteCount offset, ByteCount count) {
    return Do<StatusOr<std::string>>(
        disk, Cat("read ", path),
        [file = std::move(file), offset, count] { return file->ReadAt(offset, count); });
  }
  static StatusOr<ByteCount> Size(const std::shared_ptr<Disk>& disk,
                                  std::shared_ptr<ReadableFile> file, const std::string& path) {
    return Do<StatusOr<ByteCount>>(disk, Cat("stat ", path),
                                   [file = std::move(file)] { return file->Size(); });
  }

  // Behind what hangs: closing a file may hang, too.
  void Release(std::shared_ptr<void> file) {
    worker_.Post([file = std::move(file)]() mutable { file.reset(); });
  }

 private:
  template <typename Result>
  void Run(Call<Result>& call, const std::function<Result()>& operation,
           const std::function<void(Result)>& undo, bool is_sync) {
    const auto started = SteadyClock::now();
    Result result = operation();
    const auto took = absl::FromChrono(SteadyClock::now() - started);
    MutexLock lock(mutex_);
    if (!call.abandoned) {
      if (is_sync) patience_ = Bounded(std::max(2 * took, patience_ / 2));
      call.result = std::move(result);
      done_.NotifyAll();
      return;
    }
    lock.Unlock();
    if (undo) undo(std::move(result));
    lock.Lock();
    patience_ = Bounded(2 * took);
    hangs_ = false;
  }

  absl::Duration Bounded(absl::Duration patience) const {
    return std::clamp(patience, limits_.least, limits_.most);
  }

  const Patience limits_;
  mutable Mutex mutex_;
  CondVar done_;
  absl::Duration patience_ ABSL_GUARDED_BY(mutex_);
  bool hangs_ ABSL_GUARDED_BY(mutex_) = false;
  BlockingWorker worker_{"disk"};
};

class PatientFileSystem::Writable final : public WritableFile {
 public:
  Writable(std::shared_ptr<Disk> disk, std::shared_ptr<WritableFile> file, std::string path)
      : disk_(std::move(disk)), file_(std::move(file)), path_(std::move(path)) {}
  ~Writable() override { disk_->Release(std::move(file_)); }

  Status Append(std::string_view bytes) override {
    return Disk::Do<Status>(
        disk_, Cat("write ", path_),
        [file = file_, owned = std::string(bytes)] { return file->Append(owned); });
  }
  Status Sync() override {
    return Disk::Do<Status>(
        disk_, Cat("fdatasync ", path_), [file = file_] { return file->Sync(); }, nullptr,
        /*is_sync=*/true);
  }
  StatusOr<bool> HasItsName() const override {
    return Disk::Do<StatusOr<bool>>(disk_, Cat("stat ", path_),
                                    [file = file_] { return file->HasItsName(); });
  }
  Status RenameTo(const std::string& path) override {
    const Status renamed = Disk::Do<Status>(disk_, Cat("rename ", path_, " to ", path),
                                            [file = file_, path] { return file->RenameTo(path); });
    if (renamed.ok()) path_ = path;
    return renamed;
  }
  StatusOr<std::string> ReadAt(ByteCount offset, ByteCount count) const override {
    return Disk::Read(disk_, file_, path_, offset, count);
  }
  StatusOr<ByteCount> Size() const override { return Disk::Size(disk_, file_, path_); }

 private:
  const std::shared_ptr<Disk> disk_;
  std::shared_ptr<WritableFile> file_;
  std::string path_;
};

class PatientFileSystem::Readable final : public ReadableFile {
 public:
  Readable(std::shared_ptr<Disk> disk, std::shared_ptr<ReadableFile> file, std::string path)
      : disk_(std::move(disk)), file_(std::move(file)), path_(std::move(path)) {}
  ~Readable() override { disk_->Release(std::move(file_)); }

  StatusOr<std::string> ReadAt(ByteCount offset, ByteCount count) const override {
    return Disk::Read(disk_, file_, path_, offset, count);
  }
  StatusOr<ByteCount> Size() const override { return Disk::Size(disk_, file_, path_); }

 private:
  const std::shared_ptr<Disk> disk_;
  std::shared_ptr<ReadableFile> file_;
  const std::string path_;
};

class PatientFileSystem::Held final : public FileLock {
 public:
  Held(std::shared_ptr<Disk> disk, std::shared_ptr<FileLock> lock, std::string path)
      : disk_(std::move(disk)), lock_(std::move(lock)), path_(std::move(path)) {}
  ~Held() override { disk_->Release(std::move(lock_)); }

  StatusOr<bool> HasItsName() const override {
    return Disk::Do<StatusOr<bool>>(disk_, Cat("stat ", path_),
                                    [lock = lock_] { return lock->HasItsName(); });
  }

 private:
  const std::shared_ptr<Disk> disk_;
  std::shared_ptr<FileLock> lock_;
  const std::string path_;
};

PatientFileSystem::PatientFileSystem(std::shared_ptr<FileSystem> files, Patience patience)
    : files_(std::move(files)), disk_(std::make_shared<Disk>(patience)) {}

PatientFileSystem::~PatientFileSystem() = default;

bool PatientFileSystem::hangs() const {
  return disk_->hangs();
}

StatusOr<std::unique_ptr<WritableFile>> PatientFileSystem::Create(const std::string& path) {
  using Result = StatusOr<std::unique_ptr<WritableFile>>;
  GODWIT_ASSIGN_OR_RETURN(auto file, Disk::Do<Result>(
                                         disk_, Cat("create ", path),
                                         [files = files_, path] { return files->Create(path); },
                                         [files = files_, path](Result late) {
                                           if (!late.ok()) return;
                                           late->reset();
                                           files->Remove(path).IgnoreError();
                                         }));
  return std::make_unique<Writable>(disk_, std::move(file), path);
}

StatusOr<std::unique_ptr<ReadableFile>> PatientFileSystem::Open(const std::string& path) {
  using Result = StatusOr<std::unique_ptr<ReadableFile>>;
  GODWIT_ASSIGN_OR_RETURN(auto file,
                          Disk::Do<Result>(disk_, Cat("open ", path),
                                           [files = files_, path] { return files->Open(path); }));
  return std::make_unique<Readable>(disk_, std::move(file), path);
}

StatusOr<std::vector<FileEntry>> PatientFileSystem::List(const std::string& directory) {
  return Disk::Do<StatusOr<std::vector<FileEntry>>>(
      disk_, Cat("list ", directory),
      [files = files_, directory] { return files->List(directory); });
}

Status PatientFileSystem::Remove(const std::string& path) {
  return Disk::Do<Status>(disk_, Cat("remove ", path),
                          [files = files_, path] { return files->Remove(path); });
}

Status PatientFileSystem::CreateDirectories(const std::string& directory) {
  return Disk::Do<Status>(disk_, Cat("create directory ", directory), [files = files_, directory] {
    return files->CreateDirectories(directory);
  });
}

Status PatientFileSystem::SyncDirectory(const std::string& directory) {
  return Disk::Do<Status>(
      disk_, Cat("fsync directory ", directory),
      [files = files_, directory] { return files->SyncDirectory(directory); }, nullptr,
      /*is_sync=*/true);
}

StatusOr<std::unique_ptr<FileLock>> PatientFileSystem::Lock(const std::string& path) {
  using Result = StatusOr<std::unique_ptr<FileLock>>;
  GODWIT_ASSIGN_OR_RETURN(auto lock,
                          Disk::Do<Result>(disk_, Cat("lock ", path),
                                           [files = files_, path] { return files->Lock(path); }));
  return std::make_unique<Held>(disk_, std::move(lock), path);
}

StatusOr<Space> PatientFileSystem::FreeSpace(const std::string& directory) {
  return Disk::Do<StatusOr<Space>>(disk_, Cat("statvfs ", directory), [files = files_, directory] {
    return files->FreeSpace(directory);
  });
}

}  // namespace godwit
