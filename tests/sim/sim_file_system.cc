#include "tests/sim/sim_file_system.h"

#include <algorithm>

#include "base/text.h"

namespace godwit::sim {
namespace {

std::string DirectoryOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

}  // namespace

class SimFileSystem::Writable final : public WritableFile {
 public:
  Writable(SimFileSystem& owner, std::shared_ptr<Node> node)
      : owner_(owner), node_(std::move(node)) {}

  Status Append(std::string_view bytes) override {
    const ByteCount used = owner_.UsedBytes();
    const ByteCount room = owner_.space_ > used ? owner_.space_ - used : 0;
    node_->bytes.append(bytes.substr(0, room));
    if (bytes.size() > room) return Error(StatusCode::kResourceExhausted, "write: no space left");
    return absl::OkStatus();
  }

  Status Sync() override {
    // As Linux does: the pages are clean afterwards, whether they reached the disk or not.
    if (owner_.sync_fails_) return Error(StatusCode::kInternal, "fdatasync: input/output error");
    node_->synced = node_->bytes.size();
    return absl::OkStatus();
  }

 private:
  SimFileSystem& owner_;
  std::shared_ptr<Node> node_;
};

class SimFileSystem::Readable final : public ReadableFile {
 public:
  explicit Readable(std::shared_ptr<Node> node) : node_(std::move(node)) {}
  StatusOr<std::string> ReadAt(ByteCount offset, ByteCount count) const override {
    if (offset >= node_->bytes.size()) return std::string();
    return node_->bytes.substr(offset, count);
  }
  StatusOr<ByteCount> Size() const override { return node_->bytes.size(); }

 private:
  std::shared_ptr<Node> node_;
};

class SimFileSystem::Held final : public FileLock {
 public:
  explicit Held(bool& held) : held_(held) { held_ = true; }
  ~Held() override { held_ = false; }

 private:
  bool& held_;
};

StatusOr<std::unique_ptr<WritableFile>> SimFileSystem::Create(const std::string& path) {
  if (!directories_.contains(DirectoryOf(path))) {
    return Error(StatusCode::kNotFound, Cat("create ", path, ": no such directory"));
  }
  if (files_.contains(path)) return Error(StatusCode::kAlreadyExists, Cat("create ", path));
  auto node = std::make_shared<Node>();
  files_[path] = node;
  return std::make_unique<Writable>(*this, std::move(node));
}

StatusOr<std::unique_ptr<ReadableFile>> SimFileSystem::Open(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return Error(StatusCode::kNotFound, Cat("open ", path));
  return std::make_unique<Readable>(found->second);
}

StatusOr<std::vector<std::string>> SimFileSystem::List(const std::string& directory) {
  if (!directories_.contains(directory)) {
    return Error(StatusCode::kNotFound, Cat("list ", directory));
  }
  std::vector<std::string> names;
  for (const auto& [path, node] : files_) {
    if (DirectoryOf(path) == directory) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

Status SimFileSystem::Remove(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return Error(StatusCode::kNotFound, Cat("remove ", path));
  if (found->second->name_synced) removed_[path] = found->second;
  files_.erase(found);
  return absl::OkStatus();
}

Status SimFileSystem::CreateDirectories(const std::string& directory) {
  directories_[directory] = true;
  return absl::OkStatus();
}

Status SimFileSystem::SyncDirectory(const std::string& directory) {
  if (!directories_.contains(directory)) {
    return Error(StatusCode::kNotFound, Cat("open directory ", directory));
  }
  for (auto& [path, node] : files_) {
    if (DirectoryOf(path) == directory) node->name_synced = true;
  }
  std::erase_if(removed_, [&](const auto& entry) { return DirectoryOf(entry.first) == directory; });
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<FileLock>> SimFileSystem::Lock(const std::string& path) {
  bool& held = locks_[path];
  if (held) {
    return Error(StatusCode::kUnavailable, Cat("lock ", path, ": another process holds it"));
  }
  return std::make_unique<Held>(held);
}

StatusOr<Space> SimFileSystem::FreeSpace(const std::string&) {
  const ByteCount used = UsedBytes();
  return Space{.total = space_, .available = space_ > used ? space_ - used : 0};
}

ByteCount SimFileSystem::UsedBytes() const {
  ByteCount used = 0;
  for (const auto& [path, node] : files_) used += node->bytes.size();
  return used;
}

void SimFileSystem::PowerCut() {
  std::erase_if(files_, [&](const auto& entry) {
    return !entry.second->name_synced && scheduler_.Draw() % 2 == 0;
  });
  for (auto& [path, node] : removed_) {
    if (scheduler_.Draw() % 2 == 0) files_.emplace(path, node);
  }
  removed_.clear();
  for (auto& [path, node] : files_) {
    const size_t unsynced = node->bytes.size() - node->synced;
    node->bytes.resize(node->synced + (unsynced == 0 ? 0 : scheduler_.Draw() % (unsynced + 1)));
    node->synced = node->bytes.size();
    node->name_synced = true;
  }
}

}  // namespace godwit::sim
