// Parses the mounts of this process's mount namespace, as /proc/self/mountinfo (proc(5)) lists
// them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/sensors/faults.h"

namespace godwit::agent {

struct Mount {
  uint64_t id = 0;
  uint64_t parent = 0;  // the mount it is mounted on
  std::string disk;     // "8:1": one for each file system, wherever it is mounted
  std::string point;    // its path
  std::string device;
  std::string type;
  // The mode of the file system, "ro" or "rw", not that of the mount.
  std::string mode;
  // True if another mount covers it or a folder above it: its path leads elsewhere.
  bool covered = false;
};

// Returns the mounts in the order of the text, which is the order of mounting. Unreadable lines are
// left out and counted in `faults`.
std::vector<Mount> ParseMounts(std::string_view mountinfo, Faults& faults);

}  // namespace godwit::agent
