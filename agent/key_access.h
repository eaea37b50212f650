// Who besides the agent can read or replace a private key. Pure.
#pragma once

#include <string>

#include "platform/path_facts.h"

namespace godwit::agent {

// The user and the group, by name, that an agent runs as.
struct RunsAs {
  std::string user;
  std::string group;
};

// Returns what lets others at a key, as the end of a sentence about its file: "can be read by every
// user of this machine". Empty: only the agent and root can read and write it. The agent's own
// group may read: a key of root's that the service's group reads is usual.
std::string KeyExposure(const PathFacts& key, const RunsAs& agent);

}  // namespace godwit::agent
