#include "platform/linux/served_sockets.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <optional>

namespace godwit {
namespace {

std::optional<ino_t> InodeOf(int socket) {
  struct stat facts {};
  if (fstat(socket, &facts) != 0) return std::nullopt;
  return facts.st_ino;
}

}  // namespace

void ServedSockets::Note(int socket) {
  const auto inode = InodeOf(socket);
  const MutexLock lock(mutex_);
  if (inode) inodes_[socket] = *inode;
}

size_t ServedSockets::CutOff() {
  size_t open = 0;
  const MutexLock lock(mutex_);
  for (const auto& [socket, inode] : inodes_) {
    if (InodeOf(socket) == inode && shutdown(socket, SHUT_RDWR) == 0) ++open;
  }
  return open;
}

}  // namespace godwit
