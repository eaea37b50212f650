// What the device's owner lets the server do. Filled from [remote] of the local file by the
// composition root; nothing remote can change it.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace godwit::agent {

struct RemoteOptions {
  std::set<std::string> commands;    // kinds
  std::vector<std::string> sensors;  // that `read` may read: patterns of "type/name", with * and ?
};

}  // namespace godwit::agent
