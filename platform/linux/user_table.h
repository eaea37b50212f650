// The users and groups of this machine, out of /etc/passwd and /etc/group. The C library's way
// (getpwuid, initgroups) loads shared objects, which the one-file agent does not have; users of a
// directory service are not found here.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace godwit {

struct UserEntry {
  std::string name;  // empty: the tables do not have it
  gid_t gid = 0;     // the user's own group
};

std::optional<UserEntry> FindUser(uid_t uid, const std::string& passwd = "/etc/passwd");
// The name, or the number in digits if the table has none.
std::string NameOfUser(uid_t uid);
std::string NameOfGroup(gid_t gid);
// Every group of the user, its own first: what initgroups(3) would set.
std::vector<gid_t> GroupsOf(const UserEntry& user, const std::string& group = "/etc/group");

}  // namespace godwit
