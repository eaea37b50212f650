#include "tests/sim/store_disk_state.h"

#include <sqlite3.h>

#include <algorithm>

namespace godwit::sim {
namespace {

constexpr uint64_t kSector = 512;

void Apply(std::string& to, uint64_t at, std::string_view data) {
  if (to.size() < at + data.size()) to.resize(at + data.size(), '\0');
  std::copy(data.begin(), data.end(), to.begin() + static_cast<ptrdiff_t>(at));
}

// Each sector of each change arrived, or did not.
void ApplySome(StoreDiskFile& file, std::mt19937_64& chance) {
  for (const StoreDiskFile::Change& change : file.changes) {
    if (change.truncates) {
      if (chance() % 2 == 0) file.synced.resize(change.at, '\0');
      continue;
    }
    uint64_t done = 0;
    while (done < change.bytes.size()) {
      const uint64_t at = change.at + done;
      const uint64_t size = std::min(kSector - at % kSector, change.bytes.size() - done);
      if (chance() % 2 == 0) {
        Apply(file.synced, at, std::string_view(change.bytes).substr(done, size));
      }
      done += size;
    }
  }
}

}  // namespace

void StoreDiskFile::Write(uint64_t at, std::string_view data) {
  Apply(bytes, at, data);
  changes.push_back({.at = at, .bytes = std::string(data)});
}

void StoreDiskFile::Truncate(uint64_t size) {
  bytes.resize(size, '\0');
  changes.push_back({.at = size, .truncates = true});
}

void StoreDiskFile::Sync() {
  for (const Change& change : changes) {
    if (change.truncates) {
      synced.resize(change.at, '\0');
    } else {
      Apply(synced, change.at, change.bytes);
    }
  }
  changes.clear();
}

void StoreDisk::State::SyncFolder() {
  for (auto& [path, file] : files) file->name_is_safe = true;
  deleted.clear();
}

int StoreDisk::State::Operate(bool* half) {
  if (is_off) return SQLITE_IOERR;
  ++operations;
  if (has_struck && fault == Fault::kFails) return SQLITE_IOERR;
  if (operations != strike_at) return SQLITE_OK;
  has_struck = true;
  if (fault == Fault::kIsTheLast) is_off = true;
  const bool cut = fault == Fault::kCutShort || fault == Fault::kIsTheLast;
  if (!cut || half == nullptr) return SQLITE_IOERR;
  *half = true;
  return SQLITE_FULL;
}

void StoreDisk::State::Restart(Loss loss) {
  for (auto& [path, file] : deleted) {
    const bool returns = loss == Loss::kUnsynced || (loss == Loss::kSome && chance() % 2 == 0);
    if (returns && file->name_is_safe && !files.contains(path)) files[path] = file;
  }
  deleted.clear();
  for (auto at = files.begin(); at != files.end();) {
    StoreDiskFile& file = *at->second;
    if (loss == Loss::kNothing) file.Sync();
    if (loss == Loss::kSome) ApplySome(file, chance);
    const bool lost = !file.name_is_safe &&
                      (loss == Loss::kUnsynced || (loss == Loss::kSome && chance() % 2 == 0));
    file.name_is_safe = true;
    file.bytes = file.synced;
    file.changes.clear();
    file.locks.clear();
    file.index.clear();
    file.shared_slots.clear();
    file.exclusive_slots.clear();
    at = lost ? files.erase(at) : std::next(at);
  }
  strike_at = 0;
  has_struck = false;
  is_off = false;
}

}  // namespace godwit::sim
