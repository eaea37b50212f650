#include "platform/linux/path_facts.h"

#include <sys/stat.h>

#include <string>

#include "platform/linux/user_table.h"

namespace godwit {

std::optional<PathFacts> FactsOfPath(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return std::nullopt;
  return PathFacts{.owner = NameOfUser(facts.st_uid),
                   .group = NameOfGroup(facts.st_gid),
                   .mode = facts.st_mode & 0777,
                   .is_device = S_ISCHR(facts.st_mode) || S_ISBLK(facts.st_mode)};
}

}  // namespace godwit
