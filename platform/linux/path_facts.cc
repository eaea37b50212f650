#include "platform/linux/path_facts.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

namespace godwit {
namespace {

// Of passwd(5) or group(5): "name:password:id:…". The C library's way loads shared objects, which
// the one-file agent does not have.
std::string NameOf(unsigned id, const char* table) {
  const std::string wanted = std::to_string(id);
  std::ifstream file(table);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string name;
    std::string password;
    std::string number;
    std::getline(std::getline(std::getline(fields, name, ':'), password, ':'), number, ':');
    if (number == wanted) return name;
  }
  return wanted;
}

}  // namespace

std::optional<PathFacts> FactsOfPath(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return std::nullopt;
  return PathFacts{.owner = NameOf(facts.st_uid, "/etc/passwd"),
                   .group = NameOf(facts.st_gid, "/etc/group"),
                   .mode = facts.st_mode & 0777,
                   .is_device = S_ISCHR(facts.st_mode) || S_ISBLK(facts.st_mode)};
}

}  // namespace godwit
