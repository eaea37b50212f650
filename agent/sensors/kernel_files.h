// The kernel files of one sensor: each read at most once a tick, however many of its parts want it
// (generating /proc/stat costs the kernel tens of microseconds), and opened again after it failed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/sensor_input.h"

namespace godwit::agent {

// Confined to its sensor.
class KernelFiles {
 public:
  using Number = size_t;

  explicit KernelFiles(SensorInput& input) : input_(input) {}

  SensorInput& input() { return input_; }
  // The same number for the same path. Nothing is opened yet.
  Number Use(const std::string& path) { return Use(path, &SensorInput::Open); }
  // The same of a file that the kernel prints as one record (SensorInput::OpenRecord).
  Number UseRecord(const std::string& path) { return Use(path, &SensorInput::OpenRecord); }
  // The same of a file of short rows (SensorInput::OpenRows).
  Number UseRows(const std::string& path) { return Use(path, &SensorInput::OpenRows); }
  void NextTick() { ++tick_; }
  // What the file says at this tick; valid until the next one.
  [[nodiscard]] StatusOr<std::string_view> Text(Number number);
  // SensorFile::ChangeAnnounced, and true of a file that is not open: asking takes microseconds
  // where printing /proc/self/mountinfo takes the kernel a hundred.
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
