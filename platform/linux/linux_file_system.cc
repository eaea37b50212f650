#include "platform/linux/linux_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "platform/linux/file_descriptor.h"

namespace godwit {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;
// IsLocked() of another process may hold a lock for an instant.
constexpr int kLockTries = 3;
constexpr useconds_t kLockTriesApartUs = 10'000;

template <typename Call>
auto RetryInterrupted(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

Status FileError(std::string_view verb, const std::string& path) {
  return ErrnoError(errno, Cat(verb, " ", path));
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

StatusOr<std::string> Read(int fd, const std::string& path, ByteCount offset, ByteCount count) {
  std::string out(count, '\0');
  size_t have = 0;
  while (have < out.size()) {
    const ssize_t got = RetryInterrupted([&] {
      return pread(fd, out.data() + have, out.size() - have, static_cast<off_t>(offset + have));
    });
    if (got < 0) return FileError("read", path);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  out.resize(have);
  return out;
}

StatusOr<ByteCount> SizeOf(int fd, const std::string& path) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return FileError("stat", path);
  return static_cast<ByteCount>(status.st_size);
}

// What distinguishes a file from another one with its name.
struct Identity {
  dev_t device = 0;
  ino_t inode = 0;
};

StatusOr<Identity> IdentityOf(int fd, const std::string& path) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return FileError("stat", path);
  return Identity{status.st_dev, status.st_ino};
}

StatusOr<bool> LeadsTo(const std::string& path, const Identity& identity) {
  struct stat named {};
  if (lstat(path.c_str(), &named) == 0) {
    return named.st_dev == identity.device && named.st_ino == identity.inode;
  }
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return FileError("stat", path);
}

class LinuxWritableFile final : public WritableFile {
 public:
  LinuxWritableFile(FileDescriptor fd, std::string path, const Identity& identity)
      : fd_(std::move(fd)), path_(std::move(path)), identity_(identity) {}

  StatusOr<std::string> ReadAt(ByteCount offset, ByteCount count) const override {
    return Read(fd_.get(), path_, offset, count);
  }
  StatusOr<ByteCount> Size() const override { return SizeOf(fd_.get(), path_); }

  Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written =
          RetryInterrupted([&] { return write(fd_.get(), bytes.data(), bytes.size()); });
      if (written < 0) return FileError("write", path_);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  Status Sync() override {
    if (fdatasync(fd_.get()) != 0) return FileError("fdatasync", path_);
    return absl::OkStatus();
  }

  StatusOr<bool> HasItsName() const override { return LeadsTo(path_, identity_); }

  Status RenameTo(const std::string& path) override {
    if (rename(path_.c_str(), path.c_str()) != 0) return FileError("rename", path_);
    path_ = path;
    return absl::OkStatus();
  }

 private:
  FileDescriptor fd_;
  std::string path_;
  const Identity identity_;
};

class LinuxReadableFile final : public ReadableFile {
 public:
  LinuxReadableFile(FileDescriptor fd, std::string path)
      : fd_(std::move(fd)), path_(std::move(path)) {}

  StatusOr<std::string> ReadAt(ByteCount offset, ByteCount count) const override {
    return Read(fd_.get(), path_, offset, count);
  }
  StatusOr<ByteCount> Size() const override { return SizeOf(fd_.get(), path_); }

 private:
  FileDescriptor fd_;
  std::string path_;
};

class LinuxFileLock final : public FileLock {
 public:
  LinuxFileLock(FileDescriptor fd, std::string path, const Identity& identity)
      : fd_(std::move(fd)), path_(std::move(path)), identity_(identity) {}

  StatusOr<bool> HasItsName() const override { return LeadsTo(path_, identity_); }

 private:
  FileDescriptor fd_;  // closing it releases the lock
  const std::string path_;
  const Identity identity_;
};

}  // namespace

StatusOr<std::unique_ptr<WritableFile>> LinuxFileSystem::Create(const std::string& path) {
  FileDescriptor fd(
      open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, kFileMode));
  if (!fd.valid()) return FileError("create", path);
  GODWIT_ASSIGN_OR_RETURN(const Identity identity, IdentityOf(fd.get(), path));
  return std::make_unique<LinuxWritableFile>(std::move(fd), path, identity);
}

StatusOr<std::unique_ptr<ReadableFile>> LinuxFileSystem::Open(const std::string& path) {
  FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return FileError("open", path);
  return std::make_unique<LinuxReadableFile>(std::move(fd), path);
}

StatusOr<std::vector<FileEntry>> LinuxFileSystem::List(const std::string& directory) {
  std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
  if (stream == nullptr) return FileError("list", directory);
  std::vector<FileEntry> files;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    struct stat status {};
    // d_type is not filled on every file system, so the type is asked for. What is gone by now was
    // removed while the folder was read.
    if (fstatat(dirfd(stream.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
      if (S_ISREG(status.st_mode)) {
        files.push_back({entry->d_name, static_cast<ByteCount>(status.st_size)});
      }
    } else if (errno != ENOENT) {
      return FileError("list", Cat(directory, "/", entry->d_name));
    }
    errno = 0;
  }
  if (errno != 0) return FileError("list", directory);
  std::sort(files.begin(), files.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.name < b.name; });
  return files;
}

Status LinuxFileSystem::Remove(const std::string& path) {
  if (unlink(path.c_str()) != 0) return FileError("remove", path);
  return absl::OkStatus();
}

Status LinuxFileSystem::CreateDirectories(const std::string& directory) {
  for (size_t slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
    const std::string part = directory.substr(0, slash);
    const bool last = slash == std::string::npos;
    const bool made = mkdir(part.c_str(), kDirectoryMode) == 0;
    if (!made && errno != EEXIST) return FileError("create directory", part);
    if (made || last) {
      const Status synced = SyncDirectory(ParentOf(part));
      // Some file systems cannot sync a folder; and one in which we did not make this may not be
      // ours to read.
      if (made ? !synced.ok() && !absl::IsInvalidArgument(synced) : absl::IsInternal(synced)) {
        return synced;
      }
    }
    if (last) return absl::OkStatus();
  }
}

Status LinuxFileSystem::SyncDirectory(const std::string& directory) {
  const FileDescriptor fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return FileError("open directory", directory);
  if (fsync(fd.get()) != 0) return FileError("fsync directory", directory);
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<FileLock>> LinuxFileSystem::Lock(const std::string& path) {
  int raw = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (raw < 0 && errno == EROFS) raw = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  FileDescriptor fd(raw);
  if (!fd.valid()) return FileError("open lock", path);
  int taken = flock(fd.get(), LOCK_EX | LOCK_NB);
  for (int i = 1; i < kLockTries && taken != 0 && errno == EWOULDBLOCK; ++i) {
    usleep(kLockTriesApartUs);
    taken = flock(fd.get(), LOCK_EX | LOCK_NB);
  }
  if (taken != 0) {
    if (errno == EWOULDBLOCK) {
      return Error(StatusCode::kUnavailable, Cat("lock ", path, ": another process holds it"));
    }
    return FileError("lock", path);
  }
  GODWIT_ASSIGN_OR_RETURN(const Identity identity, IdentityOf(fd.get(), path));
  return std::make_unique<LinuxFileLock>(std::move(fd), path, identity);
}

bool IsLocked(const std::string& path) {
  const FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return fd.valid() && flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

StatusOr<Space> LinuxFileSystem::FreeSpace(const std::string& directory) {
  struct statvfs status {};
  if (statvfs(directory.c_str(), &status) != 0) return FileError("statvfs", directory);
  return Space{.total = status.f_frsize * ByteCount{status.f_blocks},
               .available = status.f_frsize * ByteCount{status.f_bavail}};
}

}  // namespace godwit
