// Who owns the files that a program writes, and becoming that user. A file that root makes in a
// folder of a service is one that the service cannot write: a program of ours that is started as
// root works as the folder's owner from before it opens the first file.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"

namespace godwit {

struct FileOwner {
  std::string path;  // what was found: the path itself, or its nearest parent that exists
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;  // of the user; its number, if /etc/passwd has no name for it
};

// The owner of `path`, links followed, or of its nearest parent that exists.
[[nodiscard]] StatusOr<FileOwner> OwnerOf(const std::string& path);

// What to type so that the program runs as that user: "sudo -u godwit godwit-agent once".
std::string CommandLineAs(const FileOwner& owner, const std::vector<std::string>& command_line);

// Gives this process the user, the group and the supplementary groups of whoever owns all of
// `paths`, for good. Does nothing unless this process is root's and the owner is another user. Call
// it while the process has one thread, and before it opens any of them.
//
// kPermissionDenied: they belong to several users, or the kernel refuses; the message says what to
// type instead. The process is not to write any of them then.
[[nodiscard]] Status BecomeOwnerOf(const std::vector<std::string>& paths,
                                   const std::vector<std::string>& command_line);

}  // namespace godwit
