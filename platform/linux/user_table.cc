#include "platform/linux/user_table.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <string_view>
#include <system_error>

namespace godwit {
namespace {

using Fields = std::vector<std::string_view>;

Fields Split(std::string_view text, char separator) {
  Fields fields;
  while (true) {
    const size_t end = text.find(separator);
    fields.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return fields;
    text.remove_prefix(end + 1);
  }
}

bool ParseId(std::string_view text, unsigned& id) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), id);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
}

// Calls `take` with each line that has at least four fields and a number in the third, as those of
// passwd(5) and group(5) have, until it returns false.
void ForEachLine(const std::string& path,
                 const std::function<bool(unsigned id, const Fields& fields)>& take) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const Fields fields = Split(line, ':');
    unsigned id = 0;
    if (fields.size() < 4 || !ParseId(fields[2], id)) continue;
    if (!take(id, fields)) return;
  }
}

}  // namespace

std::optional<UserEntry> FindUser(uid_t uid, const std::string& passwd) {
  std::optional<UserEntry> found;
  ForEachLine(passwd, [&](unsigned id, const Fields& fields) {
    unsigned gid = 0;
    if (id != uid || !ParseId(fields[3], gid)) return true;
    found = UserEntry{.name = std::string(fields[0]), .gid = gid};
    return false;
  });
  return found;
}

std::string NameOfUser(uid_t uid) {
  const auto user = FindUser(uid);
  return user ? user->name : std::to_string(uid);
}

std::string NameOfGroup(gid_t gid) {
  std::string name = std::to_string(gid);
  ForEachLine("/etc/group", [&](unsigned id, const Fields& fields) {
    if (id != gid) return true;
    name = fields[0];
    return false;
  });
  return name;
}

std::vector<gid_t> GroupsOf(const UserEntry& user, const std::string& group) {
  std::vector<gid_t> groups = {user.gid};
  if (user.name.empty()) return groups;
  ForEachLine(group, [&](unsigned id, const Fields& fields) {
    const Fields members = Split(fields[3], ',');
    const bool is_member = std::find(members.begin(), members.end(), user.name) != members.end();
    if (is_member && id != user.gid) groups.push_back(id);
    return true;
  });
  return groups;
}

}  // namespace godwit
