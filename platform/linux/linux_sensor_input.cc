#include "platform/linux/linux_sensor_input.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "platform/linux/file_descriptor.h"

namespace godwit {
namespace {

constexpr size_t kFirstBufferBytes = 4096;

class LinuxSensorFile final : public SensorFile {
 public:
  LinuxSensorFile(FileDescriptor fd, std::string path)
      : fd_(std::move(fd)), path_(std::move(path)), buffer_(kFirstBufferBytes, '\0') {}

  StatusOr<std::string_view> Read() override {
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

 private:
  FileDescriptor fd_;
  std::string path_;
  std::string buffer_;
};

}  // namespace

StatusOr<std::unique_ptr<SensorFile>> LinuxSensorInput::Open(const std::string& path) {
  FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
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

SensorInput& EndlessSensorInput() {
  static auto* input = new LinuxSensorInput;
  return *input;
}

}  // namespace godwit
