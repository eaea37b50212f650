// Durable files as narrow roles. Durability verbs are explicit: bytes are safe after Sync of their
// file, a name is safe after SyncDirectory of its folder, and nothing else is promised.
//
// FileSystem is thread-safe, its files are confined to their owner. Errors carry the path; the
// codes used are kNotFound, kAlreadyExists, kResourceExhausted (no space), kPermissionDenied,
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
  // Up to `count` bytes from `offset`; fewer only at the end of the file.
  [[nodiscard]] virtual StatusOr<std::string> ReadAt(ByteCount offset, ByteCount count) const = 0;
  [[nodiscard]] virtual StatusOr<ByteCount> Size() const = 0;
};

// What it has written can be read from it, whatever became of its name meanwhile.
class WritableFile : public ReadableFile {
 public:
  // All or an error; after an error the file may hold any prefix of `bytes`.
  [[nodiscard]] virtual Status Append(std::string_view bytes) = 0;
  // fdatasync. After a failure this file must not be synced again: the kernel has marked the pages
  // clean and the retry would succeed without writing them.
  [[nodiscard]] virtual Status Sync() = 0;
  // Whether its path still leads to this file. False once somebody has moved, removed or replaced
  // the file or a folder above it: nobody will find there what it holds. One system call.
  [[nodiscard]] virtual StatusOr<bool> HasItsName() const = 0;
  // Gives it another name, in place of what has that name. Safe after SyncDirectory.
  [[nodiscard]] virtual Status RenameTo(const std::string& path) = 0;
};

// Held while it lives.
class FileLock {
 public:
  virtual ~FileLock() = default;
  // As of a WritableFile: false once it keeps nobody out, since its name leads elsewhere.
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

  // A new, empty file; kAlreadyExists when the name is taken.
  [[nodiscard]] virtual StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) = 0;
  [[nodiscard]] virtual StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) = 0;
  // The plain files in a folder, sorted by name. All of them: a file whose type or size cannot be
  // read makes the listing an error, since callers forget what is not listed.
  [[nodiscard]] virtual StatusOr<std::vector<FileEntry>> List(const std::string& directory) = 0;
  [[nodiscard]] virtual Status Remove(const std::string& path) = 0;
  // With its parents; fine when it exists. Folders are made with mode 0750. The names of those it
  // makes are safe afterwards, and that of the last also if it exists: a start before may have been
  // cut off between making and syncing it.
  [[nodiscard]] virtual Status CreateDirectories(const std::string& directory) = 0;
  [[nodiscard]] virtual Status SyncDirectory(const std::string& directory) = 0;
  // kUnavailable when another process holds it. On a read-only disk it can still be held if the
  // file exists.
  [[nodiscard]] virtual StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
  [[nodiscard]] virtual StatusOr<Space> FreeSpace(const std::string& directory) = 0;
};

}  // namespace godwit
