// The kernel files of one sensor. Each is read at most once a tick, for all parts that need it
// (generating /proc/stat costs the kernel tens of microseconds), and reopened after it failed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/sensor_input.h"

namespace godwit::agent {

// The files of a sensor. Confined to the sensor.
class KernelFiles {
 public:
  using Number = size_t;

  explicit KernelFiles(SensorInput& input) : input_(input) {}

  SensorInput& input() { return input_; }
  // Returns the number of a path, always the same one. Does not open it yet.
  Number Use(const std::string& path) { return Use(path, &SensorInput::Open); }
  // Returns the number of a file that the kernel prints as one record (SensorInput::OpenRecord).
  Number UseRecord(const std::string& path) { return Use(path, &SensorInput::OpenRecord); }
  // Returns the number of a file of short rows (SensorInput::OpenRows).
  Number UseRows(const std::string& path) { return Use(path, &SensorInput::OpenRows); }
  void NextTick() { ++tick_; }
  // Returns the contents of the file at this tick; valid until the next one.
  [[nodiscard]] StatusOr<std::string_view> Text(Number number);
  // Returns SensorFile::ChangeAnnounced, or true if the file is not open. Asking takes
  // microseconds, while printing /proc/self/mountinfo takes the kernel a hundred.
  bool ChangeAnnounced(Number number);

 private:
  using OpenFile = StatusOr<std::unique_ptr<SensorFile>> (SensorInput::*)(const std::string& path);
  struct File {
    std::string path;
    OpenFile open_file = &SensorInput::Open;
    std::unique_ptr<SensorFile> open;
    uint64_t read_at = 0;  // the tick
    StatusOr<std::string_view> text;
  };

  Number Use(const std::string& path, OpenFile open_file);

  SensorInput& input_;
  std::vector<File> files_;
  uint64_t tick_ = 1;
};

}  // namespace godwit::agent
