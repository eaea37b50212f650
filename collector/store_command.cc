#include "collector/store_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "base/exit_code.h"
#include "base/text.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/store_tools.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file_system.h"
#include "platform/read_file.h"

namespace godwit::collector {
namespace {

namespace fs = std::filesystem;

Status SyncFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool ok = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  return ok ? absl::OkStatus() : Error(StatusCode::kInternal, "sync " + path);
}

Status Rename(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return absl::OkStatus();
  return Error(StatusCode::kInternal, Cat("rename ", from, " to ", to, ": ", error.message()));
}

std::string ParentOf(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

// The room a copy may take.
Status CheckRoom(LinuxFileSystem& files, const std::string& file, const std::string& folder) {
  std::error_code error;
  const auto bytes = fs::file_size(file, error);
  if (error) return Error(StatusCode::kNotFound, Cat(file, ": ", error.message()));
  GODWIT_ASSIGN_OR_RETURN(const Space space, files.FreeSpace(folder));
  if (space.available >= bytes) return absl::OkStatus();
  return Error(StatusCode::kResourceExhausted,
               Cat(folder, ": ", space.available, " bytes are free, and a copy may take ", bytes));
}

int Verify(const std::string& file) {
  const auto verdict = VerifyStore(file);
  if (!verdict.ok()) {
    std::fprintf(stderr, "godwit-collector: %s\n", Message(verdict.status()).c_str());
    return kExitStorage;
  }
  for (const std::string& problem : verdict->problems) std::puts(problem.c_str());
  std::printf("%llu records in %llu merged and %llu single rows, %llu samples: %llu problems\n",
              static_cast<unsigned long long>(verdict->records),
              static_cast<unsigned long long>(verdict->merged),
              static_cast<unsigned long long>(verdict->single),
              static_cast<unsigned long long>(verdict->samples),
              static_cast<unsigned long long>(verdict->problems_found));
  return verdict->problems_found == 0 ? kExitOk : kExitFailed;
}

// The folder gets its name when all in it is safe: there is a whole backup, or none.
Status Backup(const std::string& file, std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  LinuxFileSystem files;
  const std::string part = folder + ".part";
  std::error_code ignored;
  if (fs::exists(folder, ignored)) {
    return Error(StatusCode::kAlreadyExists, folder + ": it exists already; name a new folder");
  }
  fs::remove_all(part, ignored);  // of a backup that was cut off
  GODWIT_RETURN_IF_ERROR(files.CreateDirectories(part));
  GODWIT_RETURN_IF_ERROR(CheckRoom(files, file, part));
  GODWIT_RETURN_IF_ERROR(BackUpStore(file, StoreFile(part)));
  GODWIT_RETURN_IF_ERROR(SyncFile(StoreFile(part)));
  GODWIT_RETURN_IF_ERROR(files.SyncDirectory(part));
  GODWIT_RETURN_IF_ERROR(Rename(part, folder));
  GODWIT_RETURN_IF_ERROR(files.SyncDirectory(ParentOf(folder)));
  std::printf("%s: %llu bytes\n", StoreFile(folder).c_str(),
              static_cast<unsigned long long>(fs::file_size(StoreFile(folder), ignored)));
  return absl::OkStatus();
}

// Copied without what is unused, then put in the store's place: either the one or the other is
// there, whole, whenever it is cut off.
Status Compact(const std::string& folder, absl::Duration merge_after) {
  LinuxFileSystem files;
  const std::string file = StoreFile(folder);
  const std::string copy = file + ".compact";
  GODWIT_ASSIGN_OR_RETURN(const auto lock, files.Lock(folder + "/lock"));
  std::error_code ignored;
  fs::remove(copy, ignored);
  GODWIT_RETURN_IF_ERROR(CheckRoom(files, file, folder));
  const auto before = fs::file_size(file, ignored);
  const absl::Time now = LinuxClock().Wall();
  GODWIT_RETURN_IF_ERROR(
      MergeDue(file, absl::ToUnixNanos(now - merge_after), absl::ToUnixNanos(now)));
  if (fs::exists(file + "-wal", ignored)) {
    return Error(StatusCode::kFailedPrecondition, Cat(file, "-wal: another program has it open"));
  }
  GODWIT_RETURN_IF_ERROR(BackUpStore(file, copy));
  GODWIT_RETURN_IF_ERROR(SyncFile(copy));
  GODWIT_RETURN_IF_ERROR(Rename(copy, file));
  GODWIT_RETURN_IF_ERROR(files.SyncDirectory(folder));
  std::printf("%s: %llu bytes, %llu before\n", file.c_str(),
              static_cast<unsigned long long>(fs::file_size(file, ignored)),
              static_cast<unsigned long long>(before));
  return absl::OkStatus();
}

int ExitCodeOf(const Status& status) {
  if (status.ok()) return kExitOk;
  std::fprintf(stderr, "godwit-collector: %s\n", Message(status).c_str());
  switch (status.code()) {
    case StatusCode::kUnavailable:
      return kExitUnreachable;
    case StatusCode::kPermissionDenied:
      return kExitPermission;
    case StatusCode::kAlreadyExists:
      return kExitUsage;
    default:
      return kExitStorage;
  }
}

}  // namespace

StatusOr<CollectorSettings> LoadSettings(const std::string& path) {
  LinuxFileSystem files;
  return LoadCollectorSettings(path, {.files = files, .environment = EnvironmentVariable});
}

int RunStoreCommand(const DaemonCommandLine& line) {
  std::string folder = line.path;
  absl::Duration merge_after = absl::Hours(1);
  if (folder.empty()) {
    const auto settings = LoadSettings(line.config);
    if (!settings.ok()) {
      std::fprintf(stderr, "godwit-collector: %s\n", Message(settings.status()).c_str());
      return kExitSettings;
    }
    folder = settings->store_path;
    merge_after = settings->merge_after;
  }
  std::error_code ignored;
  if (!fs::exists(StoreFile(folder), ignored)) {
    return ExitCodeOf(Error(StatusCode::kNotFound, StoreFile(folder) + ": there is no store"));
  }
  switch (line.command) {
    case DaemonCommand::kStoreVerify:
      return Verify(StoreFile(folder));
    case DaemonCommand::kStoreBackup:
      return ExitCodeOf(Backup(StoreFile(folder), line.argument));
    default:
      return ExitCodeOf(Compact(folder, merge_after));
  }
}

}  // namespace godwit::collector
