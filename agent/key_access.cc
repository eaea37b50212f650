#include "agent/key_access.h"

#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr unsigned kOthersRead = 04;
constexpr unsigned kOthersWrite = 02;
constexpr unsigned kGroupRead = 040;
constexpr unsigned kGroupWrite = 020;

}  // namespace

std::string KeyExposure(const PathFacts& key, const RunsAs& agent) {
  if (key.owner != "root" && key.owner != agent.user) {
    return Cat("belongs to '", key.owner, "', and the agent runs as '", agent.user, "'");
  }
  if ((key.mode & kOthersRead) != 0) return "can be read by every user of this machine";
  if ((key.mode & kOthersWrite) != 0) return "can be written by every user of this machine";
  if (key.group == "root" || key.group == agent.group) return {};
  if ((key.mode & kGroupRead) != 0) return Cat("can be read by the group '", key.group, "'");
  if ((key.mode & kGroupWrite) != 0) return Cat("can be written by the group '", key.group, "'");
  return {};
}

}  // namespace godwit::agent
