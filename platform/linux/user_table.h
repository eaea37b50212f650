// Reads the users and groups of this machine from /etc/passwd and /etc/group. The C library's
// functions (getpwuid, initgroups) load shared objects, which the one-file agent does not have.
// Users of a directory service are not found here.
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
// Return the name, or the number in digits if the table has none.
std::string NameOfUser(uid_t uid);
std::string NameOfGroup(gid_t gid);
// Returns every group of the user, its own first: those that initgroups(3) would set.
std::vector<gid_t> GroupsOf(const UserEntry& user, const std::string& group = "/etc/group");

}  // namespace godwit
