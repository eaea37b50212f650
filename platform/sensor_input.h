// What sensors read: mostly small text files of the kernel, opened once and read again at each tick
// (1.2 us a read against 12 us with open and close; docs/architecture.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace godwit {

// Confined to its sensor.
class SensorFile {
 public:
  virtual ~SensorFile() = default;
  // The whole file as it is now, at most kSensorFileBytesMax; valid until the next Read.
  [[nodiscard]] virtual StatusOr<std::string_view> Read() = 0;
  // Whether the kernel has announced a change since the last call, or since the file was opened.
  // Only of files that it announces changes of by POLLPRI: /proc/self/mountinfo (proc(5)).
  virtual bool ChangeAnnounced() = 0;
};

inline constexpr size_t kSensorFileBytesMax = 256 * 1024;

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
  // The names in a folder, of whatever kind, sorted.
  [[nodiscard]] virtual StatusOr<std::vector<std::string>> List(const std::string& folder) = 0;
  // Of the file system that is mounted there.
  [[nodiscard]] virtual StatusOr<FileSystemUsage> UsageOf(const std::string& mount_point) = 0;
  // Suspended ones included (CLOCK_BOOTTIME), as in /proc/uptime.
  virtual double SecondsSinceBoot() = 0;
};

}  // namespace godwit
