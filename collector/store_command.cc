#include "collector/store_command.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/counted.h"
#include "base/exit_code.h"
#include "base/text.h"
#include "base/units.h"
#include "collector/limits.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/store_tools.h"
#include "platform/linux/file_owner.h"
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

bool IsSameDisk(const std::string& one, const std::string& other) {
  struct stat of_one {};
  struct stat of_other {};
  return ::stat(one.c_str(), &of_one) == 0 && ::stat(other.c_str(), &of_other) == 0 &&
         of_one.st_dev == of_other.st_dev;
}

// The room a copy may take. On the store's disk its reserve stays free.
Status CheckRoom(LinuxFileSystem& files, const std::string& file, const std::string& folder,
                 double reserve_free) {
  std::error_code error;
  const auto bytes = fs::file_size(file, error);
  if (error) return Error(StatusCode::kNotFound, Cat(file, ": ", error.message()));
  GODWIT_ASSIGN_OR_RETURN(const Space space, files.FreeSpace(folder));
  const double reserve =
      IsSameDisk(file, folder) ? static_cast<double>(space.total) * reserve_free : 0;
  if (static_cast<double>(space.available) >= static_cast<double>(bytes) + reserve) {
    return absl::OkStatus();
  }
  return Error(StatusCode::kResourceExhausted,
               Cat(folder, ": ", SizeText(space.available), " are free, but a copy may take ",
                   SizeText(bytes), ", and store.reserve_free is ",
                   SizeText(static_cast<ByteCount>(reserve))));
}

// A snapshot beside a collector ends before the log that grows meanwhile has used up the disk.
MayGoOn WhileTheDiskHasRoom(LinuxFileSystem& files, const std::string& file, double reserve_free) {
  return [&files, file, reserve_free, folder = ParentOf(file)]() -> Status {
    std::error_code ignored;
    const ByteCount log = fs::exists(file + "-wal", ignored) ? fs::file_size(file + "-wal") : 0;
    if (log > kSnapshotLogBytesMax) {
      return Error(StatusCode::kAborted,
                   Cat("the collector's write-ahead log has grown to ", SizeText(log),
                       " meanwhile: try again when it writes less, or stop the collector"));
    }
    const auto space = files.FreeSpace(folder);
    if (!space.ok() || log == 0 ||
        static_cast<double>(space->available) >= static_cast<double>(space->total) * reserve_free) {
      return absl::OkStatus();
    }
    return Error(
        StatusCode::kResourceExhausted,
        Cat(folder, ": less than store.reserve_free is free, and the collector's",
            " write-ahead log grows: try again when it writes less, or stop the collector"));
  };
}

int Verify(const std::string& file, double reserve_free) {
  LinuxFileSystem files;
  const auto verdict = VerifyStore(file, WhileTheDiskHasRoom(files, file, reserve_free));
  if (!verdict.ok()) {
    std::fprintf(stderr, "godwit-collector: %s\n", Message(verdict.status()).c_str());
    return kExitStorage;
  }
  for (const std::string& problem : verdict->problems) {
    std::puts(CleanLine(problem, std::string::npos).c_str());
  }
  std::puts(Cat(Counted(verdict->records, "record"), " in ", verdict->merged, " merged and ",
                Counted(verdict->single, "single row"), ", ", Counted(verdict->samples, "sample"),
                ": ", Counted(verdict->problems_found, "problem"))
                .c_str());
  return verdict->problems_found == 0 ? kExitOk : kExitFailed;
}

// A backup that root makes is the store's owner's, as the store is: put in its place, it works.
Status GiveToOwnerOf(const std::string& file, const std::vector<std::string>& made) {
  if (::geteuid() != 0) return absl::OkStatus();
  GODWIT_ASSIGN_OR_RETURN(const FileOwner owner, OwnerOf(file));
  for (const std::string& path : made) {
    if (::chown(path.c_str(), owner.uid, owner.gid) != 0) {
      return ErrnoError(errno, Cat("give ", path, " to user '", owner.name, "'"));
    }
  }
  return absl::OkStatus();
}

// The folder gets its name when all in it is safe: there is a whole backup, or none.
Status Backup(const std::string& file, std::string folder, double reserve_free) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  LinuxFileSystem files;
  const std::string part = folder + ".part";
  std::error_code ignored;
  if (fs::exists(folder, ignored)) {
    return Error(StatusCode::kAlreadyExists, folder + ": it already exists; name a new folder");
  }
  fs::remove_all(part, ignored);  // of a backup that was cut off
  GODWIT_RETURN_IF_ERROR(files.CreateDirectories(part));
  GODWIT_RETURN_IF_ERROR(CheckRoom(files, file, part, reserve_free));
  const Status copied =
      BackUpStore(file, StoreFile(part), WhileTheDiskHasRoom(files, file, reserve_free));
  if (!copied.ok()) {
    fs::remove_all(part, ignored);
    return copied;
  }
  GODWIT_RETURN_IF_ERROR(GiveToOwnerOf(file, {StoreFile(part), part}));
  GODWIT_RETURN_IF_ERROR(SyncFile(StoreFile(part)));
  GODWIT_RETURN_IF_ERROR(files.SyncDirectory(part));
  GODWIT_RETURN_IF_ERROR(Rename(part, folder));
  GODWIT_RETURN_IF_ERROR(files.SyncDirectory(ParentOf(folder)));
  const auto bytes = fs::file_size(StoreFile(folder), ignored);
  std::printf("%s: %s\n", StoreFile(folder).c_str(), Counted(bytes, "byte").c_str());
  return absl::OkStatus();
}

// Copied without what is unused, then put in the store's place: either the one or the other is
// there, whole, whenever it is cut off.
Status Compact(const std::string& folder, absl::Duration merge_after, double reserve_free) {
  LinuxFileSystem files;
  const std::string file = StoreFile(folder);
  const std::string copy = file + ".compact";
  GODWIT_ASSIGN_OR_RETURN(const auto lock, files.Lock(folder + "/lock"));
  std::error_code ignored;
  fs::remove(copy, ignored);
  GODWIT_RETURN_IF_ERROR(CheckRoom(files, file, folder, reserve_free));
  const auto before = fs::file_size(file, ignored);
  const absl::Time now = LinuxClock().Wall();
  GODWIT_RETURN_IF_ERROR(
      MergeDue(file, absl::ToUnixNanos(now - merge_after), absl::ToUnixNanos(now)));
  if (fs::exists(file + "-wal", ignored)) {
    return Error(StatusCode::kFailedPrecondition,
                 Cat(file, "-wal: another program has it open; stop the collector first"));
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

Status BecomeStoreOwner(const std::string& folder, const std::vector<std::string>& command_line) {
  GODWIT_RETURN_IF_ERROR(BecomeOwnerOf({folder, StoreFile(folder)}, command_line));
  // What version 0.1 made is open to whom the umask of its start let in.
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code absent;
    fs::permissions(StoreFile(folder) + suffix, fs::perms::others_all | fs::perms::group_write,
                    fs::perm_options::remove, absent);
  }
  return absl::OkStatus();
}

int RunStoreCommand(const DaemonCommandLine& line) {
  std::string folder = line.path;
  absl::Duration merge_after = absl::Hours(1);
  double reserve_free = kReserveFree;
  if (folder.empty()) {
    const auto settings = LoadSettings(line.config);
    if (!settings.ok()) {
      std::fprintf(stderr, "godwit-collector: %s\n", Message(settings.status()).c_str());
      return kExitSettings;
    }
    folder = settings->store_path;
    merge_after = settings->merge_after;
    reserve_free = settings->reserve_free;
  }
  std::error_code ignored;
  if (!fs::exists(StoreFile(folder), ignored)) {
    return ExitCodeOf(Error(StatusCode::kNotFound,
                            StoreFile(folder) + ": no store found; check --path or store.path"));
  }
  switch (line.command) {
    case DaemonCommand::kStoreVerify:
      return Verify(StoreFile(folder), reserve_free);
    case DaemonCommand::kStoreBackup:
      return ExitCodeOf(Backup(StoreFile(folder), line.argument, reserve_free));
    default: {
      const Status owner = BecomeStoreOwner(folder, line.words);
      return ExitCodeOf(owner.ok() ? Compact(folder, merge_after, reserve_free) : owner);
    }
  }
}

}  // namespace godwit::collector
