// What sensors read: mostly small text files of the kernel, opened once and read again at each tick
// (1.2 us a read against 12 us with open and close; docs/architecture.md).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/status.h"

namespace godwit {

// Confined to its sensor.
class SensorFile {
 public:
  virtual ~SensorFile() = default;
  // The whole file as it is now, at most kSensorFileBytesMax; valid until the next Read. It is the
  // file that was opened, also when its name has become another's since.
  [[nodiscard]] virtual StatusOr<std::string_view> Read() = 0;
  // Whether the kernel has announced a change since the last call, or since the file was opened.
  // Only of files that it announces changes of by POLLPRI: /proc/self/mountinfo (proc(5)).
  virtual bool ChangeAnnounced() = 0;
};

inline constexpr size_t kSensorFileBytesMax = 256 * 1024;
// A row of SensorInput::OpenRows is shorter.
inline constexpr size_t kSensorRowBytesMax = 1024;

// How long the space of one file system is awaited, and of all that are asked for together. A local
// one answers within microseconds, but its thread may have to wait for a busy processor. Less than
// a second, so that a sensor with an interval of one second misses no tick.
inline constexpr absl::Duration kMountPatience = absl::Milliseconds(800);
inline constexpr absl::Duration kMountsPatience = absl::Milliseconds(900);
// Beyond, no file system is asked: each that is silent keeps a thread.
inline constexpr size_t kSilentMountsMax = 8;

// A mount, as /proc/self/mountinfo (proc(5)) names it.
struct MountedFileSystem {
  uint64_t mount_id = 0;
  std::string point;

  friend bool operator==(const MountedFileSystem&, const MountedFileSystem&) = default;
};

struct FileSystemUsage {
  uint64_t total_bytes = 0;
  uint64_t free_bytes = 0;
  uint64_t available_bytes = 0;  // to an ordinary user; the rest of what is free is reserved
};

// Thread-safe.
class SensorInput {
 public:
  virtual ~SensorInput() = default;
  [[nodiscard]] virtual StatusOr<std::unique_ptr<SensorFile>> Open(const std::string& path) = 0;
  // The same of a file of procfs that the kernel prints as one record (single_open): a read that
  // does not fill its buffer has all of it, so none is needed to find the end. Of other files of
  // procfs such a read may stop in front of a record that did not fit.
  [[nodiscard]] virtual StatusOr<std::unique_ptr<SensorFile>> OpenRecord(
      const std::string& path) = 0;
  // The same of a file of procfs with rows of less than kSensorRowBytesMax each (/proc/net/dev has
  // 352 at most): a read that ends further in front of the end of its buffer, and of the kernel's
  // page, has left no row out.
  [[nodiscard]] virtual StatusOr<std::unique_ptr<SensorFile>> OpenRows(const std::string& path) {
    return Open(path);
  }
  // The names in a folder, of whatever kind, sorted.
  [[nodiscard]] virtual StatusOr<std::vector<std::string>> List(const std::string& folder) = 0;
  // What a symbolic link says, which need not exist.
  [[nodiscard]] virtual StatusOr<std::string> LinkTarget(const std::string& path) = 0;
  // How full each of these file systems is, now; an answer each. Not on the loop: it waits for
  // answers, at most kMountsPatience in all. One that is silent costs no other its answer:
  // kDeadlineExceeded when it was asked, and kUnavailable, without being asked again, until it has
  // answered. kResourceExhausted: kSilentMountsMax others are silent. kFailedPrecondition: the
  // mount point leads to another mount.
  [[nodiscard]] virtual std::vector<StatusOr<FileSystemUsage>> UsagesOf(
      const std::vector<MountedFileSystem>& mounts) = 0;
  // Suspended ones included (CLOCK_BOOTTIME), as in /proc/uptime.
  virtual double SecondsSinceBoot() = 0;
};

}  // namespace godwit
