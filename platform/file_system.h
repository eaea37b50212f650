// Durable files. Durability is explicit: bytes are safe after Sync of their file, a name is safe
// after SyncDirectory of its folder, and nothing else is promised.
//
// FileSystem is thread-safe; its files are confined to their owner. Errors contain the path. The
// codes are kNotFound, kAlreadyExists, kResourceExhausted (no space), kPermissionDenied,
// kFailedPrecondition (read-only), kUnavailable (lock held), kInternal (I/O error).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/units.h"

namespace godwit {

class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  // Returns up to `count` bytes from `offset`; fewer only at the end of the file.
  [[nodiscard]] virtual StatusOr<std::string> ReadAt(ByteCount offset, ByteCount count) const = 0;
  [[nodiscard]] virtual StatusOr<ByteCount> Size() const = 0;
};

// A file open for writing. Its contents can be read from it even after its name has changed or
// gone.
class WritableFile : public ReadableFile {
 public:
  // Appends all of `bytes`. After an error the file may hold any prefix of them.
  [[nodiscard]] virtual Status Append(std::string_view bytes) = 0;
  // Makes the file's bytes durable (fdatasync). After a failure the file must not be synced again:
  // the kernel has marked the pages clean, and a retry would succeed without writing them.
  [[nodiscard]] virtual Status Sync() = 0;
  // Returns whether its path still leads to this file. False once the file, or a folder above it,
  // has been moved, removed or replaced: then the contents cannot be found at that path. One system
  // call.
  [[nodiscard]] virtual StatusOr<bool> HasItsName() const = 0;
  // Renames the file, and replaces a file that has the new name. Durable after SyncDirectory. From
  // then on `path` is the path that HasItsName checks.
  [[nodiscard]] virtual Status RenameTo(const std::string& path) = 0;
};

// A lock, held for as long as it lives.
class FileLock {
 public:
  virtual ~FileLock() = default;
  // Like WritableFile::HasItsName. False: the lock excludes nobody any more, because its name leads
  // to another file.
  [[nodiscard]] virtual StatusOr<bool> HasItsName() const = 0;
};

struct FileEntry {
  std::string name;
  ByteCount bytes = 0;
  friend bool operator==(const FileEntry&, const FileEntry&) = default;
};

struct Space {
  ByteCount total = 0;
  ByteCount available = 0;  // to an ordinary user
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Creates an empty file. kAlreadyExists: the name is taken.
  [[nodiscard]] virtual StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) = 0;
  [[nodiscard]] virtual StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) = 0;
  // Returns all plain files in a folder, sorted by name; no links. A file whose type or size cannot
  // be read makes the listing an error, because callers treat a file that is not listed as gone.
  [[nodiscard]] virtual StatusOr<std::vector<FileEntry>> List(const std::string& directory) = 0;
  // Removes a file. Durable after SyncDirectory.
  [[nodiscard]] virtual Status Remove(const std::string& path) = 0;
  // Creates the folder and its parents with mode 0750; fine if it exists. Afterwards the names of
  // the folders that it creates are durable. So is the name of the last folder if it existed,
  // because a previous start may have been cut off between creating and syncing it.
  [[nodiscard]] virtual Status CreateDirectories(const std::string& directory) = 0;
  [[nodiscard]] virtual Status SyncDirectory(const std::string& directory) = 0;
  // Locks a file, and creates it if needed. kUnavailable: another process holds it. On a read-only
  // disk an existing file can still be locked.
  [[nodiscard]] virtual StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
  [[nodiscard]] virtual StatusOr<Space> FreeSpace(const std::string& directory) = 0;
};

}  // namespace godwit
