// The permissions of a path.
#pragma once

#include <string>

namespace godwit {

struct PathFacts {
  std::string owner;  // by name, or by number where it has none
  std::string group;
  unsigned mode = 0;  // the nine bits of permissions
  bool is_device = false;
};

}  // namespace godwit
