// The twin of LinuxFileSystem, in memory. It knows synced from unsynced: PowerCut forgets the bytes
// that were not synced (a drawn prefix of them may survive) and the names whose folder was not.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "platform/file_system.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

class SimFileSystem final : public FileSystem {
 public:
  explicit SimFileSystem(SimScheduler& scheduler) : scheduler_(scheduler) {}

  StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) override;
  StatusOr<std::vector<std::string>> List(const std::string& directory) override;
  Status Remove(const std::string& path) override;
  Status CreateDirectories(const std::string& directory) override;
  Status SyncDirectory(const std::string& directory) override;
  StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  StatusOr<Space> FreeSpace(const std::string& directory) override;

  void PowerCut();

  // Faults, until set back.
  void set_space(ByteCount total) { space_ = total; }
  void set_sync_fails(bool fails) { sync_fails_ = fails; }

  // What is on the disk, for tests that damage it.
  std::string& BytesOf(const std::string& path) { return files_.at(path)->bytes; }
  ByteCount UsedBytes() const;

 private:
  struct Node {
    std::string bytes;
    size_t synced = 0;  // a prefix
    bool name_synced = false;
  };
  class Writable;
  class Readable;
  class Held;

  SimScheduler& scheduler_;
  std::map<std::string, std::shared_ptr<Node>> files_;
  std::map<std::string, std::shared_ptr<Node>> removed_;  // unlinked, the folder not synced since
  std::map<std::string, bool> directories_;
  std::map<std::string, bool> locks_;
  ByteCount space_ = ByteCount{1} << 40;
  bool sync_fails_ = false;
};

}  // namespace godwit::sim
