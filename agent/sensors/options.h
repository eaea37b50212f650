// The options of each sensor type. `attributes` are added to every series.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "codec/series.h"
#include "platform/executor.h"

namespace godwit::agent {

using Attributes = std::map<std::string, std::string>;
using Patterns = std::vector<std::string>;

// The names that are taken: patterns.
struct FilterOptions {
  Patterns include = {"*"};
  Patterns exclude;
};

struct SystemOptions {
  std::vector<std::string> include;  // parts: "cpu", "load" …
  bool per_core = false;
  // The number of ticks from one reading of paging, and of the file systems, to the next.
  uint32_t paging_every = 1;
  uint32_t file_systems_every = 1;
  FilterOptions disks;
  FilterOptions mount_points;
  Patterns exclude_types;  // of file systems
  FilterOptions interfaces;
  Attributes attributes;
};

enum class PatternShape { kCount, kSine, kSquare };

struct PatternOptions {
  uint32_t series = 1;
  PatternShape shape = PatternShape::kCount;
  double resolution = 0;
  Attributes attributes;
};

// The options of the sensor of a number in a file.
struct FileOptions {
  std::string path;
  Series series;
  double scale = 1;
};

// The options of the sensor of a program's output.
struct ExecOptions {
  std::vector<std::string> command;
  bool json = false;  // else lines of "name value"
  std::map<std::string, std::string> environment;
  absl::Duration deadline;
  size_t max_series = 0;
  Attributes attributes;
};

// Runs tasks one after another on a thread of its own, which a task may block for ever.
using Lane = std::function<void(Executor::Task)>;
using MakeLane = std::function<Lane()>;

// How a sensor of several devices reads them (device_lanes.h).
struct LaneOptions {
  MakeLane make_lane;
  // The time until the values are returned, complete or not; before the sensor's next tick.
  absl::Duration wait;
  // The age from which on an answer is dropped.
  absl::Duration age_max;
};

// The options of thermal, hwmon, power and wear.
struct DeviceOptions {
  LaneOptions lanes;
  Attributes attributes;
};

struct StatsdOptions {
  size_t max_series = 0;
  Attributes attributes;
};

struct ReplayOptions {
  std::string path;
  bool repeat = true;
  Attributes attributes;
};

}  // namespace godwit::agent
