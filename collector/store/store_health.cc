#include "collector/store/store_health.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/mutex.h"
#include "base/text.h"

namespace godwit::collector {
namespace {

std::string TakenText(const std::string& path) {
  return Cat("store: ", path, " was moved, deleted or replaced: nothing is stored until it is",
             " back or the collector restarts");
}

}  // namespace

bool StoreHealth::Find(File& file) {
  struct stat found = {};
  if (::stat(file.path.c_str(), &found) != 0) return false;
  file.device = found.st_dev;
  file.inode = found.st_ino;
  return true;
}

void StoreHealth::NoteFiles() {
  const MutexLock lock(mutex_);
  files_.clear();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    File file{.path = file_ + suffix};
    if (Find(file)) files_.push_back(std::move(file));
  }
}

void StoreHealth::NoteDamage(const Status& damage) {
  const MutexLock lock(mutex_);
  if (!damage_.ok()) return;
  damage_ = Error(StatusCode::kDataLoss,
                  Cat("store: it is damaged, and nothing is stored; run godwit-collector store",
                      " verify: ", Message(damage)));
  LogError(Message(damage_));
}

Status StoreHealth::MayWrite() {
  const MutexLock lock(mutex_);
  if (!damage_.ok()) return damage_;
  const auto taken = std::find_if(files_.begin(), files_.end(), [](const File& opened) {
    File now{.path = opened.path};
    return !Find(now) || now.device != opened.device || now.inode != opened.inode;
  });
  const std::string path = taken == files_.end() ? "" : taken->path;
  if (path != std::exchange(taken_, path)) {
    if (path.empty()) {
      LogInfo("store: its files are back");
    } else {
      LogError(TakenText(path));
    }
  }
  if (path.empty()) return absl::OkStatus();
  return Error(StatusCode::kFailedPrecondition, TakenText(path));
}

std::string StoreHealth::problem() const {
  const MutexLock lock(mutex_);
  if (!damage_.ok()) return Message(damage_);
  return taken_.empty() ? "" : TakenText(taken_);
}

}  // namespace godwit::collector
