#include "platform/linux/file_owner.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "platform/linux/user_table.h"

namespace godwit {
namespace {

std::string ParentOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// As a shell takes it.
std::string Quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

Status OwnersDiffer(const std::string& path, const FileOwner& owner, const FileOwner& service,
                    const std::vector<std::string>& command_line) {
  const std::string remedy = owner.path == path ? Cat("chown -R ", service.name, " ", path)
                                                : Cat("install -d -o ", service.name, " ", path);
  return Error(StatusCode::kPermissionDenied,
               Cat(owner.path, " belongs to '", owner.name, "' and ", service.path, " to '",
                   service.name, "', but one user must write both; run `", remedy,
                   "`, then: ", CommandLineAs(service, command_line)));
}

// The order of initgroups(3) and login(1): once the user is another, the groups cannot be changed.
Status Become(const FileOwner& owner) {
  const UserEntry user = FindUser(owner.uid).value_or(UserEntry{.name = "", .gid = owner.gid});
  const std::vector<gid_t> groups = GroupsOf(user);
  if (setgroups(groups.size(), groups.data()) != 0) return ErrnoError(errno, "setgroups");
  if (setresgid(user.gid, user.gid, user.gid) != 0) return ErrnoError(errno, "setgid");
  if (setresuid(owner.uid, owner.uid, owner.uid) != 0) return ErrnoError(errno, "setuid");
  // A process that changed its user owns nothing in /proc/self, as if it kept a secret of root's.
  prctl(PR_SET_DUMPABLE, 1);
  return absl::OkStatus();
}

}  // namespace

StatusOr<FileOwner> OwnerOf(const std::string& path) {
  std::string at = path;
  while (at.size() > 1 && at.back() == '/') at.pop_back();
  struct stat facts {};
  while (stat(at.c_str(), &facts) != 0) {
    const std::string parent = ParentOf(at);
    if (errno != ENOENT || parent == at) return ErrnoError(errno, Cat("find the owner of ", at));
    at = parent;
  }
  const auto user = FindUser(facts.st_uid);
  return FileOwner{.path = at,
                   .uid = facts.st_uid,
                   .gid = facts.st_gid,
                   .name = user ? user->name : std::to_string(facts.st_uid)};
}

std::string CommandLineAs(const FileOwner& owner, const std::vector<std::string>& command_line) {
  const bool has_name = owner.name != std::to_string(owner.uid);
  std::string text = Cat("sudo -u ", has_name ? owner.name : Cat("'#", owner.uid, "'"));
  for (const std::string& word : command_line) text += Cat(" ", Quoted(word));
  return text;
}

Status BecomeOwnerOf(const std::vector<std::string>& paths,
                     const std::vector<std::string>& command_line) {
  if (geteuid() != 0) return absl::OkStatus();
  std::vector<FileOwner> owners;
  for (const std::string& path : paths) {
    GODWIT_ASSIGN_OR_RETURN(FileOwner owner, OwnerOf(path));
    owners.push_back(std::move(owner));
  }
  const auto service = std::find_if(owners.begin(), owners.end(),
                                    [](const FileOwner& each) { return each.uid != 0; });
  if (service == owners.end()) return absl::OkStatus();
  for (size_t i = 0; i < paths.size(); ++i) {
    if (owners[i].uid != service->uid) {
      return OwnersDiffer(paths[i], owners[i], *service, command_line);
    }
  }
  const Status became = Become(*service);
  if (became.ok()) {
    LogInfo(Cat("works as user '", service->name, "', who owns ", service->path));
    return became;
  }
  return Error(StatusCode::kPermissionDenied,
               Cat(service->path, " belongs to '", service->name,
                   "', who could not write files that root creates there; this process cannot "
                   "become that user (",
                   Message(became), "); run: ", CommandLineAs(*service, command_line)));
}

}  // namespace godwit
