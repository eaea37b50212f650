// The files and facts that sensors read: mostly small text files of the kernel, opened once and
// read at each tick (1.2 us a read against 12 us with open and close; docs/architecture.md).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/status.h"

namespace godwit {

// A file that a sensor keeps open. Confined to its sensor.
class SensorFile {
 public:
  virtual ~SensorFile() = default;
  // Returns the whole file as it is now, at most kSensorFileBytesMax; valid until the next Read. It
  // reads the file that was opened, even if its name now leads to another one.
  [[nodiscard]] virtual StatusOr<std::string_view> Read() = 0;
  // Returns whether the kernel has announced a change since the last call, or since the file was
  // opened. Works only for files whose changes it announces by POLLPRI: /proc/self/mountinfo
  // (proc(5)).
  virtual bool ChangeAnnounced() = 0;
};

inline constexpr size_t kSensorFileBytesMax = 256 * 1024;
// A row of SensorInput::OpenRows is shorter.
inline constexpr size_t kSensorRowBytesMax = 1024;

// The time-out for the usage of one file system, and of all file systems that are asked together. A
// local one answers within microseconds, but its thread may have to wait for a busy processor. Less
// than a second, so that a sensor with an interval of one second misses no tick.
inline constexpr absl::Duration kMountPatience = absl::Milliseconds(800);
inline constexpr absl::Duration kMountsPatience = absl::Milliseconds(900);
// The most file systems that may be silent at a time; beyond it none is asked, because each silent
// one keeps a thread.
inline constexpr size_t kSilentMountsMax = 8;

// A mount as /proc/self/mountinfo (proc(5)) lists it.
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
  // Opens a file of procfs that the kernel prints as one record (single_open). A read that does not
  // fill its buffer has returned all of it, so no second read is needed to find the end. Of other
  // files of procfs such a read may stop before a record that did not fit.
  [[nodiscard]] virtual StatusOr<std::unique_ptr<SensorFile>> OpenRecord(
      const std::string& path) = 0;
  // Opens a file of procfs with rows of less than kSensorRowBytesMax each (/proc/net/dev has 352 at
  // most). A read that ends further before the end of its buffer, and of the kernel's page, has
  // left no row out.
  [[nodiscard]] virtual StatusOr<std::unique_ptr<SensorFile>> OpenRows(const std::string& path) {
    return Open(path);
  }
  // Returns the names of all entries of a folder, sorted.
  [[nodiscard]] virtual StatusOr<std::vector<std::string>> List(const std::string& folder) = 0;
  // Returns the target of a symbolic link. The target need not exist.
  [[nodiscard]] virtual StatusOr<std::string> LinkTarget(const std::string& path) = 0;
  // Returns the usage of each of these file systems. Not for the loop: it waits for answers, at
  // most kMountsPatience in all. A silent file system does not affect the others: its answer is
  // kDeadlineExceeded when it was asked, then kUnavailable without being asked again until it has
  // answered. kResourceExhausted: kSilentMountsMax others are silent. kFailedPrecondition: the
  // mount point leads to another mount.
  [[nodiscard]] virtual std::vector<StatusOr<FileSystemUsage>> UsagesOf(
      const std::vector<MountedFileSystem>& mounts) = 0;
  // Returns the seconds since boot, suspend included (CLOCK_BOOTTIME), as in /proc/uptime.
  virtual double SecondsSinceBoot() = 0;
};

}  // namespace godwit
