#include "platform/linux/linux_sensor_input.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "platform/linux/file_descriptor.h"
#include "platform/linux/linux_clock.h"

namespace godwit {
namespace {

constexpr size_t kFirstBufferBytes = 4096;
// A named pipe without a writer would block an open.
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

class LinuxSensorFile final : public SensorFile {
 public:
  LinuxSensorFile(FileDescriptor fd, std::string path)
      : fd_(std::move(fd)), path_(std::move(path)), buffer_(kFirstBufferBytes, '\0') {
    struct statfs status {};
    may_be_replaced_ = fstatfs(fd_.get(), &status) != 0 ||
                       (status.f_type != PROC_SUPER_MAGIC && status.f_type != SYSFS_MAGIC);
  }

  StatusOr<std::string_view> Read() override {
    if (may_be_replaced_) GODWIT_RETURN_IF_ERROR(FollowPath());
    size_t have = 0;
    while (true) {
      const ssize_t got =
          pread(fd_.get(), buffer_.data() + have, buffer_.size() - have, static_cast<off_t>(have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return ErrnoError(errno, Cat("read ", path_));
      if (got == 0) return std::string_view(buffer_.data(), have);
      have += static_cast<size_t>(got);
      if (have < buffer_.size()) continue;
      if (buffer_.size() >= kSensorFileBytesMax) {
        return Error(StatusCode::kOutOfRange,
                     Cat("read ", path_, ": longer than ", kSensorFileBytesMax, " bytes"));
      }
      buffer_.resize(buffer_.size() * 2);
    }
  }

  bool ChangeAnnounced() override {
    pollfd asked = {.fd = fd_.get(), .events = POLLPRI, .revents = 0};
    return poll(&asked, 1, 0) != 0;
  }

 private:
  // A program that writes a new file and renames it leaves us with the old one, which has no name
  // any more. (The kernel's own files are not renamed; a device that goes gives an error.)
  Status FollowPath() {
    struct stat status {};
    if (fstat(fd_.get(), &status) == 0 && status.st_nlink > 0) return absl::OkStatus();
    FileDescriptor fd(open(path_.c_str(), kOpenFlags));
    if (!fd.valid()) return ErrnoError(errno, Cat("open ", path_));
    fd_ = std::move(fd);
    return absl::OkStatus();
  }

  FileDescriptor fd_;
  std::string path_;
  std::string buffer_;
  bool may_be_replaced_ = false;
};

}  // namespace

StatusOr<std::unique_ptr<SensorFile>> LinuxSensorInput::Open(const std::string& path) {
  FileDescriptor fd(open(path.c_str(), kOpenFlags));
  if (!fd.valid()) return ErrnoError(errno, Cat("open ", path));
  return std::make_unique<LinuxSensorFile>(std::move(fd), path);
}

StatusOr<std::vector<std::string>> LinuxSensorInput::List(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(folder.c_str()), closedir);
  if (stream == nullptr) return ErrnoError(errno, Cat("list ", folder));
  std::vector<std::string> names;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

StatusOr<FileSystemUsage> LinuxSensorInput::UsageOf(const std::string& mount_point) {
  struct statvfs status {};
  if (statvfs(mount_point.c_str(), &status) != 0) {
    return ErrnoError(errno, Cat("statvfs ", mount_point));
  }
  const uint64_t block = status.f_frsize;
  return FileSystemUsage{.total_bytes = block * status.f_blocks,
                         .free_bytes = block * status.f_bfree,
                         .available_bytes = block * status.f_bavail};
}

double LinuxSensorInput::SecondsSinceBoot() {
  return absl::ToDoubleSeconds(LinuxClock().Boot());
}

SensorInput& EndlessSensorInput() {
  static auto* input = new LinuxSensorInput;
  return *input;
}

}  // namespace godwit
