#include "platform/linux/folder_access.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "base/counted.h"
#include "base/text.h"
#include "platform/linux/file_owner.h"
#include "platform/linux/user_table.h"

namespace godwit {
namespace {

namespace fs = std::filesystem;

// What a segment, a journal or a folder of them needs.
Status CheckOne(const std::string& path) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0) {
    // One that is gone since the folder was read was somebody's who can write here.
    return errno == ENOENT ? absl::OkStatus() : ErrnoError(errno, path);
  }
  const bool is_folder = S_ISDIR(facts.st_mode);
  if (!is_folder && !S_ISREG(facts.st_mode)) return absl::OkStatus();
  if (access(path.c_str(), R_OK | W_OK | (is_folder ? X_OK : 0)) == 0) return absl::OkStatus();
  return ErrnoError(errno, Cat(path, " of user '", NameOfUser(facts.st_uid),
                               "' cannot be read and written as '", NameOfUser(geteuid()), "'"));
}

// Keeps the first finding, and counts the rest.
class Findings {
 public:
  void Note(const Status& status) {
    if (status.ok()) return;
    if (first_.ok()) first_ = status;
    ++count_;
  }
  Status Result() const {
    if (count_ <= 1) return first_;
    return Error(first_.code(),
                 Cat(Message(first_), "; the same holds for ", Counted(count_ - 1, "other file")));
  }

 private:
  Status first_;
  size_t count_ = 0;
};

}  // namespace

Status CheckAccess(const std::string& folder) {
  GODWIT_ASSIGN_OR_RETURN(const FileOwner owner, OwnerOf(folder));
  if (owner.path != folder) {
    if (access(owner.path.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
    return ErrnoError(errno, Cat("make ", folder, " in ", owner.path, " of user '", owner.name,
                                 "' as '", NameOfUser(geteuid()), "'"));
  }
  Findings findings;
  findings.Note(CheckOne(folder));
  std::error_code error;
  constexpr auto kOptions = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(folder, kOptions, error), end; !error && at != end;
       at.increment(error)) {
    findings.Note(CheckOne(at->path().string()));
  }
  return findings.Result();
}

}  // namespace godwit
