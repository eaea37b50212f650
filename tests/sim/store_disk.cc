#include "tests/sim/store_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <thread>
#include <utility>

#include "base/check.h"
#include "tests/sim/store_disk_state.h"

namespace godwit::sim {
namespace {

using Lock = std::lock_guard<std::recursive_mutex>;

// SQLite's own part comes first, so that a pointer to one is a pointer to the other.
struct OpenFile {
  sqlite3_file base;
  StoreDisk::State* disk;
  std::shared_ptr<StoreDiskFile> file;
  bool syncs_folder;  // with its first sync: SQLite does so for the log that it makes
};

OpenFile& Of(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file);
}

StoreDisk::State& Of(sqlite3_vfs* vfs) {
  return *static_cast<StoreDisk::State*>(vfs->pAppData);
}

int Close(sqlite3_file* file) {
  OpenFile& open = Of(file);
  const Lock lock(open.disk->mutex);
  open.file->locks.erase(file);
  open.file.~shared_ptr();
  return SQLITE_OK;
}

int Read(sqlite3_file* file, void* to, int count, sqlite3_int64 at) {
  OpenFile& open = Of(file);
  const Lock lock(open.disk->mutex);
  if (const int code = open.disk->Operate(); code != SQLITE_OK) return code;
  const std::string& bytes = open.file->bytes;
  const auto begin = static_cast<size_t>(at);
  const auto size = static_cast<size_t>(count);
  const size_t there = begin >= bytes.size() ? 0 : std::min(size, bytes.size() - begin);
  std::memcpy(to, bytes.data() + (there == 0 ? 0 : begin), there);
  if (there == size) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + there, 0, size - there);
  return SQLITE_IOERR_SHORT_READ;
}

int Write(sqlite3_file* file, const void* from, int count, sqlite3_int64 at) {
  OpenFile& open = Of(file);
  const Lock lock(open.disk->mutex);
  bool half = false;
  const int code = open.disk->Operate(&half);
  if (code != SQLITE_OK && !half) return code;
  const std::string_view data(static_cast<const char*>(from), static_cast<size_t>(count));
  open.file->Write(static_cast<uint64_t>(at), half ? data.substr(0, data.size() / 2) : data);
  return code;
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  OpenFile& open = Of(file);
  const Lock lock(open.disk->mutex);
  if (const int code = open.disk->Operate(); code != SQLITE_OK) return code;
  open.file->Truncate(static_cast<uint64_t>(size));
  return SQLITE_OK;
}

int Sync(sqlite3_file* file, int) {
  OpenFile& open = Of(file);
  std::function<void()> on_sync;
  {
    const Lock lock(open.disk->mutex);
    if (const int code = open.disk->Operate(); code != SQLITE_OK) return code;
    on_sync = open.disk->on_sync;
  }
  if (on_sync != nullptr) on_sync();  // others go on meanwhile
  const Lock lock(open.disk->mutex);
  open.file->Sync();
  if (std::exchange(open.syncs_folder, false)) open.disk->SyncFolder();
  return SQLITE_OK;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  OpenFile& open = Of(file);
  const Lock lock(open.disk->mutex);
  if (const int code = open.disk->Operate(); code != SQLITE_OK) return code;
  *size = static_cast<sqlite3_int64>(open.file->bytes.size());
  return SQLITE_OK;
}

// The highest lock that another connection has.
int LockOfOthers(const OpenFile& open) {
  int highest = SQLITE_LOCK_NONE;
  for (const auto& [owner, level] : open.file->locks) {
    if (owner != &open) highest = std::max(highest, level);
  }
  return highest;
}

int TakeLock(sqlite3_file* file, int level) {
  OpenFile& open = Of(file);
  const Lock lock(open.disk->mutex);
  const int others = LockOfOthers(open);
  const bool free = level == SQLITE_LOCK_SHARED      ? others < SQLITE_LOCK_PENDING
                    : level == SQLITE_LOCK_EXCLUSIVE ? others == SQLITE_LOCK_NONE
                                                     : others < SQLITE_LOCK_RESERVED;
  if (!free) return SQLITE_BUSY;
  int& held = open.file->locks[&open];
  held = std::max(held, level);
  return SQLITE_OK;
}

int Unlock(sqlite3_file* file, int level) {
  OpenFile& open = Of(file);
  const Lock lock(open.disk->mutex);
  open.file->locks[&open] = level;
  return SQLITE_OK;
}

int CheckReservedLock(sqlite3_file* file, int* reserved) {
  OpenFile& open = Of(file);
  const Lock lock(open.disk->mutex);
  *reserved = LockOfOthers(open) >= SQLITE_LOCK_RESERVED ? 1 : 0;
  return SQLITE_OK;
}

int FileControl(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}

int SectorSize(sqlite3_file*) {
  return 4096;
}

// As SQLite's own file system says of a disk.
int DeviceCharacteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int ShmMap(sqlite3_file* file, int region, int, int extend, void volatile** mapped) {
  OpenFile& open = Of(file);
  const Lock lock(open.disk->mutex);
  *mapped = nullptr;
  if (const int code = open.disk->Operate(); code != SQLITE_OK) return code;
  auto& index = open.file->index;
  const auto wanted = static_cast<size_t>(region);
  if (wanted >= index.size() && extend == 0) return SQLITE_OK;
  while (index.size() <= wanted) {
    index.push_back(std::make_unique<std::array<char, 32768>>());
    index.back()->fill(0);
  }
  *mapped = index[wanted]->data();
  return SQLITE_OK;
}

int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  OpenFile& open = Of(file);
  const Lock lock(open.disk->mutex);
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  auto& mine = (exclusive ? open.file->exclusive_slots : open.file->shared_slots)[file];
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (int slot = offset; slot < offset + count; ++slot) mine.erase(slot);
    return SQLITE_OK;
  }
  const auto others_hold = [&](const auto& slots, int slot) {
    return std::any_of(slots.begin(), slots.end(), [&](const auto& held) {
      return held.first != file && held.second.contains(slot);
    });
  };
  for (int slot = offset; slot < offset + count; ++slot) {
    if (others_hold(open.file->exclusive_slots, slot)) return SQLITE_BUSY;
    if (exclusive && others_hold(open.file->shared_slots, slot)) return SQLITE_BUSY;
  }
  for (int slot = offset; slot < offset + count; ++slot) mine.insert(slot);
  return SQLITE_OK;
}

void ShmBarrier(sqlite3_file* file) {
  const Lock lock(Of(file).disk->mutex);
}

int ShmUnmap(sqlite3_file* file, int) {
  OpenFile& open = Of(file);
  const Lock lock(open.disk->mutex);
  open.file->shared_slots.erase(file);
  open.file->exclusive_slots.erase(file);
  // With its last connection the index goes, too.
  if (open.file.use_count() <= 2) open.file->index.clear();
  return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods = {.iVersion = 2,
                                         .xClose = Close,
                                         .xRead = Read,
                                         .xWrite = Write,
                                         .xTruncate = Truncate,
                                         .xSync = Sync,
                                         .xFileSize = FileSize,
                                         .xLock = TakeLock,
                                         .xUnlock = Unlock,
                                         .xCheckReservedLock = CheckReservedLock,
                                         .xFileControl = FileControl,
                                         .xSectorSize = SectorSize,
                                         .xDeviceCharacteristics = DeviceCharacteristics,
                                         .xShmMap = ShmMap,
                                         .xShmLock = ShmLock,
                                         .xShmBarrier = ShmBarrier,
                                         .xShmUnmap = ShmUnmap,
                                         .xFetch = nullptr,
                                         .xUnfetch = nullptr};

int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* to, int flags, int* flags_out) {
  StoreDisk::State& disk = Of(vfs);
  const Lock lock(disk.mutex);
  to->pMethods = nullptr;
  if (disk.Operate() != SQLITE_OK) return SQLITE_CANTOPEN;
  std::shared_ptr<StoreDiskFile> file;
  bool is_new_log = false;
  if (path == nullptr) {
    file = std::make_shared<StoreDiskFile>();
  } else if (const auto found = disk.files.find(path); found != disk.files.end()) {
    file = found->second;
  } else if ((flags & SQLITE_OPEN_CREATE) != 0) {
    file = disk.files[path] = std::make_shared<StoreDiskFile>();
    is_new_log = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  } else {
    return SQLITE_CANTOPEN;
  }
  new (to) OpenFile{{&kMethods}, &disk, std::move(file), is_new_log};
  if (flags_out != nullptr) *flags_out = flags;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* path, int sync_directory) {
  StoreDisk::State& disk = Of(vfs);
  const Lock lock(disk.mutex);
  if (disk.Operate() != SQLITE_OK) return SQLITE_IOERR_DELETE;
  const auto found = disk.files.find(path);
  if (found == disk.files.end()) return SQLITE_IOERR_DELETE_NOENT;
  if (sync_directory == 0) disk.deleted[path] = found->second;
  disk.files.erase(found);
  return SQLITE_OK;
}

int Access(sqlite3_vfs* vfs, const char* path, int, int* there) {
  StoreDisk::State& disk = Of(vfs);
  const Lock lock(disk.mutex);
  *there = disk.files.contains(path) ? 1 : 0;
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs*, const char* path, int size, char* to) {
  sqlite3_snprintf(size, to, "%s", path);
  return SQLITE_OK;
}

int Randomness(sqlite3_vfs* vfs, int size, char* to) {
  StoreDisk::State& disk = Of(vfs);
  const Lock lock(disk.mutex);
  for (int i = 0; i < size; ++i) to[i] = static_cast<char>(disk.chance());
  return size;
}

// Who waits here waits for another thread.
int Sleep(sqlite3_vfs*, int microseconds) {
  std::this_thread::yield();
  return microseconds;
}

int CurrentTime(sqlite3_vfs*, sqlite3_int64* milliseconds) {
  *milliseconds = 0;
  return SQLITE_OK;
}

int LastError(sqlite3_vfs*, int, char*) {
  return 0;
}

sqlite3_vfs g_vfs = {.iVersion = 2,
                     .szOsFile = sizeof(OpenFile),
                     .mxPathname = 512,
                     .pNext = nullptr,
                     .zName = "godwit-store-disk",
                     .pAppData = nullptr,
                     .xOpen = Open,
                     .xDelete = Delete,
                     .xAccess = Access,
                     .xFullPathname = FullPathname,
                     .xDlOpen = nullptr,
                     .xDlError = nullptr,
                     .xDlSym = nullptr,
                     .xDlClose = nullptr,
                     .xRandomness = Randomness,
                     .xSleep = Sleep,
                     .xCurrentTime = nullptr,
                     .xGetLastError = LastError,
                     .xCurrentTimeInt64 = CurrentTime,
                     .xSetSystemCall = nullptr,
                     .xGetSystemCall = nullptr,
                     .xNextSystemCall = nullptr};

}  // namespace

StoreDisk::StoreDisk(uint64_t seed) : state_(std::make_unique<State>(seed)) {
  GODWIT_CHECK(g_vfs.pAppData == nullptr);
  g_vfs.pAppData = state_.get();
  GODWIT_CHECK(sqlite3_vfs_register(&g_vfs, 1) == SQLITE_OK);
}

// The one before is the default again.
StoreDisk::~StoreDisk() {
  sqlite3_vfs_unregister(&g_vfs);
  g_vfs.pAppData = nullptr;
}

uint64_t StoreDisk::operations() const {
  const Lock lock(state_->mutex);
  return state_->operations;
}

void StoreDisk::StrikeAt(uint64_t operation, Fault fault) {
  const Lock lock(state_->mutex);
  state_->strike_at = operation;
  state_->fault = fault;
  state_->has_struck = false;
}

bool StoreDisk::has_struck() const {
  const Lock lock(state_->mutex);
  return state_->has_struck;
}

bool StoreDisk::is_off() const {
  const Lock lock(state_->mutex);
  return state_->is_off;
}

void StoreDisk::Restart(Loss loss) {
  const Lock lock(state_->mutex);
  state_->Restart(loss);
}

void StoreDisk::OnSync(std::function<void()> sync) {
  const Lock lock(state_->mutex);
  state_->on_sync = std::move(sync);
}

void StoreDisk::SyncDirectory() {
  const Lock lock(state_->mutex);
  if (!state_->is_off) state_->SyncFolder();
}

std::string StoreDisk::Read(const std::string& path) const {
  const Lock lock(state_->mutex);
  const auto found = state_->files.find(path);
  return found == state_->files.end() ? std::string() : found->second->bytes;
}

void StoreDisk::Write(const std::string& path, std::string bytes) {
  const Lock lock(state_->mutex);
  auto file = std::make_shared<StoreDiskFile>();
  file->bytes = file->synced = std::move(bytes);
  file->name_is_safe = true;
  state_->files[path] = std::move(file);
}

}  // namespace godwit::sim
