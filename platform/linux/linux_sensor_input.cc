#include "platform/linux/linux_sensor_input.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "platform/linux/file_descriptor.h"
#include "platform/linux/linux_clock.h"

namespace godwit {
namespace {

// Also the least size of the kernel's page.
constexpr size_t kFirstBufferBytes = 4096;
// A named pipe without a writer would block an open.
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

// What is known of how the kernel prints a file of procfs.
enum class Form { kAny, kRecord, kRows };

class LinuxSensorFile final : public SensorFile {
 public:
  LinuxSensorFile(FileDescriptor fd, std::string path, Form form)
      : fd_(std::move(fd)), path_(std::move(path)), buffer_(kFirstBufferBytes, '\0') {
    struct statfs status {};
    const bool known = fstatfs(fd_.get(), &status) == 0;
    const bool in_sysfs = known && status.f_type == SYSFS_MAGIC;
    const bool in_procfs = known && status.f_type == PROC_SUPER_MAGIC;
    // An attribute of sysfs is one record (Documentation/filesystems/sysfs.rst).
    is_record_ = in_sysfs || (in_procfs && form == Form::kRecord);
    has_rows_ = in_procfs && form == Form::kRows;
  }

  StatusOr<std::string_view> Read() override {
    size_t have = 0;
    while (true) {
      const ssize_t got =
          pread(fd_.get(), buffer_.data() + have, buffer_.size() - have, static_cast<off_t>(have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return ErrnoError(errno, Cat("read ", path_));
      if (got == 0) return std::string_view(buffer_.data(), have);
      have += static_cast<size_t>(got);
      if (have < buffer_.size()) {
        const bool has_all =
            is_record_ || (has_rows_ && have + kSensorRowBytesMax <= kFirstBufferBytes);
        if (has_all) return std::string_view(buffer_.data(), have);
        continue;
      }
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
  FileDescriptor fd_;
  std::string path_;
  std::string buffer_;
  bool is_record_ = false;  // a read that does not fill the buffer has all of it
  bool has_rows_ = false;   // none longer than kSensorRowBytesMax
};

StatusOr<std::unique_ptr<SensorFile>> OpenFile(const std::string& path, Form form) {
  FileDescriptor fd(open(path.c_str(), kOpenFlags));
  if (!fd.valid()) return ErrnoError(errno, Cat("open ", path));
  return std::make_unique<LinuxSensorFile>(std::move(fd), path, form);
}

}  // namespace

StatusOr<std::unique_ptr<SensorFile>> LinuxSensorInput::Open(const std::string& path) {
  return OpenFile(path, Form::kAny);
}

StatusOr<std::unique_ptr<SensorFile>> LinuxSensorInput::OpenRecord(const std::string& path) {
  return OpenFile(path, Form::kRecord);
}

StatusOr<std::unique_ptr<SensorFile>> LinuxSensorInput::OpenRows(const std::string& path) {
  return OpenFile(path, Form::kRows);
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

StatusOr<std::string> LinuxSensorInput::LinkTarget(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t bytes = readlink(path.c_str(), target.data(), target.size());
  if (bytes < 0) return ErrnoError(errno, Cat("read link ", path));
  return std::string(target.data(), static_cast<size_t>(bytes));
}

std::vector<StatusOr<FileSystemUsage>> LinuxSensorInput::UsagesOf(
    const std::vector<MountedFileSystem>& mounts) {
  return mounts_.UsagesOf(mounts);
}

double LinuxSensorInput::SecondsSinceBoot() {
  return absl::ToDoubleSeconds(LinuxClock().Boot());
}

SensorInput& EndlessSensorInput() {
  static auto* input = new LinuxSensorInput;
  return *input;
}

}  // namespace godwit
