// Finds the owner of the files that a program writes, and becomes that user. A service could not
// write files that root makes in its folder, so a program of ours that is started as root works as
// the folder's owner from before it opens the first file.
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

// Returns the owner of `path`, links followed, or of its nearest parent that exists.
[[nodiscard]] StatusOr<FileOwner> OwnerOf(const std::string& path);

// Returns the command line that runs the program as that user: "sudo -u godwit godwit-agent once".
std::string CommandLineAs(const FileOwner& owner, const std::vector<std::string>& command_line);

// Gives this process, for good, the user, the group and the supplementary groups of the owner of
// all of `paths`. Does nothing unless this process runs as root and the owner is another user. To
// be called while the process has one thread, and before it opens any of them.
//
// kPermissionDenied: they belong to several users, or the kernel refuses; the message says what to
// type instead. Then the process must not write any of them.
[[nodiscard]] Status BecomeOwnerOf(const std::vector<std::string>& paths,
                                   const std::vector<std::string>& command_line);

}  // namespace godwit
