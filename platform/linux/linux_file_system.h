// FileSystem over POSIX calls. Thread-safe; may block for as long as the disk takes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/file_system.h"

namespace godwit {

class LinuxFileSystem final : public FileSystem {
 public:
  StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) override;
  StatusOr<std::vector<FileEntry>> List(const std::string& directory) override;
  Status Remove(const std::string& path) override;
  Status CreateDirectories(const std::string& directory) override;
  Status SyncDirectory(const std::string& directory) override;
  StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  StatusOr<Space> FreeSpace(const std::string& directory) override;
};

// Returns whether the lock of this file is held (FileSystem::Lock). Makes no file. Takes the lock
// for an instant, which Lock() waits out.
bool IsLocked(const std::string& path);

}  // namespace godwit
