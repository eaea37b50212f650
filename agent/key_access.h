// Finds out who besides the agent can read or replace a private key. Pure.
#pragma once

#include <string>

#include "platform/path_facts.h"

namespace godwit::agent {

// The user and the group, by name, as which an agent runs.
struct RunsAs {
  std::string user;
  std::string group;
};

// Returns what gives others access to a key, as the end of a sentence about its file: "can be read
// by every user of this machine". Empty: only the agent and root can read and write it. The agent's
// own group may read it: a key that belongs to root and is readable by the service's group is
// usual.
std::string KeyExposure(const PathFacts& key, const RunsAs& agent);

}  // namespace godwit::agent
