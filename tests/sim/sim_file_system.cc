// Long, since every operation has its ways to fail here, and they share one set of files and names.
#include "tests/sim/sim_file_system.h"

#include <algorithm>
#include <cerrno>

#include "base/text.h"

namespace godwit::sim {
namespace {

constexpr size_t kSector = 512;
constexpr ByteCount kBlock = 4096;

std::string DirectoryOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

ByteCount Blocks(size_t bytes) {
  return (bytes + kBlock - 1) / kBlock * kBlock;
}

Status IoError(std::string_view verb) {
  return Error(StatusCode::kInternal, Cat(verb, ": input/output error"));
}

}  // namespace

class SimFileSystem::Writable final : public WritableFile {
 public:
  Writable(SimFileSystem& owner, std::shared_ptr<Node> node, std::string path)
      : owner_(owner), node_(std::move(node)), path_(std::move(path)) {}

  StatusOr<std::string> ReadAt(ByteCount offset, ByteCount count) const override {
    return owner_.Read(*node_, offset, count);
  }
  StatusOr<ByteCount> Size() const override { return node_->bytes.size(); }

  StatusOr<bool> HasItsName() const override {
    const auto named = owner_.files_.find(path_);
    return named != owner_.files_.end() && named->second == node_;
  }

  Status RenameTo(const std::string& path) override {
    owner_.Around(false);
    GODWIT_RETURN_IF_ERROR(owner_.Writes());
    GODWIT_RETURN_IF_ERROR(owner_.Rename(path_, path, node_));
    path_ = path;
    owner_.Around(true);
    return absl::OkStatus();
  }

  Status Append(std::string_view bytes) override {
    owner_.Around(false);
    const Status status = Write(bytes);
    owner_.Around(true);
    return status;
  }

  Status Sync() override {
    owner_.Around(false);
    GODWIT_RETURN_IF_ERROR(owner_.Answers());
    if (owner_.hang_ && std::exchange(owner_.hang_, nullptr)()) {
      owner_.hanging_ = node_;
      return owner_.Answers();
    }
    Status status = owner_.Writes();
    if (status.ok() && owner_.SyncFails()) status = IoError("fdatasync");
    if (status.ok()) {
      node_->durable.resize(node_->dirty_from);
      node_->durable.append(node_->bytes, node_->dirty_from);
    }
    // As Linux does: the pages are clean afterwards, whether they reached the disk or not.
    node_->dirty_from = node_->bytes.size();
    owner_.Around(true);
    return status;
  }

 private:
  Status Write(std::string_view bytes) {
    GODWIT_RETURN_IF_ERROR(owner_.Writes());
    if (owner_.write_fails_) {
      owner_.Grow(*node_, bytes.substr(0, owner_.scheduler_.Draw() % (bytes.size() + 1)));
      return IoError("write");
    }
    const ByteCount room = owner_.space_ > owner_.used_ ? owner_.space_ - owner_.used_ : 0;
    owner_.Grow(*node_, bytes.substr(0, std::min<ByteCount>(room, bytes.size())));
    if (bytes.size() > room) return Error(StatusCode::kResourceExhausted, "write: no space left");
    return absl::OkStatus();
  }

  SimFileSystem& owner_;
  std::shared_ptr<Node> node_;
  std::string path_;
};

class SimFileSystem::Readable final : public ReadableFile {
 public:
  Readable(const SimFileSystem& owner, std::shared_ptr<Node> node)
      : owner_(owner), node_(std::move(node)) {}
  StatusOr<std::string> ReadAt(ByteCount offset, ByteCount count) const override {
    GODWIT_RETURN_IF_ERROR(owner_.Answers());
    return owner_.Read(*node_, offset, count);
  }
  StatusOr<ByteCount> Size() const override {
    GODWIT_RETURN_IF_ERROR(owner_.Answers());
    return node_->bytes.size();
  }

 private:
  const SimFileSystem& owner_;
  std::shared_ptr<Node> node_;
};

class SimFileSystem::Held final : public FileLock {
 public:
  Held(const SimFileSystem& owner, std::string path, std::shared_ptr<bool> held)
      : owner_(owner), path_(std::move(path)), held_(std::move(held)) {
    *held_ = true;
  }
  ~Held() override { *held_ = false; }

  StatusOr<bool> HasItsName() const override {
    const auto named = owner_.locks_.find(path_);
    return named != owner_.locks_.end() && named->second == held_;
  }

 private:
  const SimFileSystem& owner_;
  const std::string path_;
  std::shared_ptr<bool> held_;
};

Status SimFileSystem::Answers() const {
  if (hanging_ == nullptr) return absl::OkStatus();
  return Error(StatusCode::kInternal, "the disk does not answer");
}

void SimFileSystem::EndHang() {
  // As after a sync that failed: its pages are clean, and not on the disk.
  if (const auto node = std::exchange(hanging_, nullptr)) node->dirty_from = node->bytes.size();
}

Status SimFileSystem::Writes() const {
  GODWIT_RETURN_IF_ERROR(Answers());
  if (read_only_) return Error(StatusCode::kFailedPrecondition, "read-only file system");
  return absl::OkStatus();
}

StatusOr<std::string> SimFileSystem::Read(const Node& node, ByteCount offset,
                                          ByteCount count) const {
  if (read_fails_ || node.unreadable) return IoError("read");
  if (offset >= node.bytes.size()) return std::string();
  std::string bytes = node.bytes.substr(offset, count);
  bytes_read_ += bytes.size();
  return bytes;
}

// Until the folder is synced a power cut may bring back the old name, and what had the new one.
Status SimFileSystem::Rename(const std::string& from, const std::string& to,
                             const std::shared_ptr<Node>& node) {
  const auto named = files_.find(from);
  if (named == files_.end() || named->second != node) {
    return Error(StatusCode::kNotFound, Cat("rename ", from));
  }
  if (const auto replaced = files_.find(to); replaced != files_.end()) {
    used_ -= replaced->second->bytes.size();
    blocks_ -= Blocks(replaced->second->bytes.size());
    if (replaced->second->name_synced) removed_[to] = replaced->second;
    files_.erase(replaced);
  }
  if (node->name_synced) removed_[from] = node;
  node->name_synced = false;
  files_.erase(from);
  files_[to] = node;
  return absl::OkStatus();
}

Status SimFileSystem::Opens() const {
  GODWIT_RETURN_IF_ERROR(Answers());
  if (no_descriptors_) return ErrnoError(EMFILE, "open");
  return absl::OkStatus();
}

std::shared_ptr<SimFileSystem::Node> SimFileSystem::NewNode(Node node) {
  node.version = ++versions_;
  return std::make_shared<Node>(std::move(node));
}

void SimFileSystem::Grow(Node& node, std::string_view bytes) {
  blocks_ -= Blocks(node.bytes.size());
  node.bytes.append(bytes);
  used_ += bytes.size();
  blocks_ += Blocks(node.bytes.size());
  peak_blocks_ = std::max(peak_blocks_, blocks_);
}

StatusOr<std::unique_ptr<WritableFile>> SimFileSystem::Create(const std::string& path) {
  Around(false);
  GODWIT_RETURN_IF_ERROR(Writes());
  GODWIT_RETURN_IF_ERROR(Opens());
  if (!directories_.contains(DirectoryOf(path))) {
    return Error(StatusCode::kNotFound, Cat("create ", path, ": no such directory"));
  }
  if (files_.contains(path)) return Error(StatusCode::kAlreadyExists, Cat("create ", path));
  auto node = NewNode({});
  files_[path] = node;
  Around(true);
  return std::make_unique<Writable>(*this, std::move(node), path);
}

StatusOr<std::unique_ptr<ReadableFile>> SimFileSystem::Open(const std::string& path) {
  GODWIT_RETURN_IF_ERROR(Opens());
  const auto found = files_.find(path);
  if (found == files_.end()) return Error(StatusCode::kNotFound, Cat("open ", path));
  return std::make_unique<Readable>(*this, found->second);
}

StatusOr<std::vector<FileEntry>> SimFileSystem::List(const std::string& directory) {
  GODWIT_RETURN_IF_ERROR(Answers());
  if (!directories_.contains(directory)) {
    return Error(StatusCode::kNotFound, Cat("list ", directory));
  }
  GODWIT_RETURN_IF_ERROR(Opens());
  if (list_fails_) return IoError("list");
  std::vector<FileEntry> entries;
  for (const auto& [path, node] : files_) {
    if (DirectoryOf(path) != directory) continue;
    entries.push_back({path.substr(directory.size() + 1), node->bytes.size()});
  }
  if (list_omits_ && !entries.empty()) {
    const auto hidden =
        entries.begin() + static_cast<ptrdiff_t>(scheduler_.Draw() % entries.size());
    const std::string path = Cat(directory, "/", hidden->name);
    if (hide_witness_) hide_witness_(path);
    if (left_out_.insert(path).second) unforeseen_blocks_ += Blocks(hidden->bytes);
    entries.erase(hidden);
  }
  return entries;
}

Status SimFileSystem::Remove(const std::string& path) {
  Around(false);
  GODWIT_RETURN_IF_ERROR(Writes());
  const auto found = files_.find(path);
  if (found == files_.end()) return Error(StatusCode::kNotFound, Cat("remove ", path));
  if (remove_witness_) remove_witness_(path);
  used_ -= found->second->bytes.size();
  blocks_ -= Blocks(found->second->bytes.size());
  if (found->second->name_synced) removed_[path] = found->second;
  files_.erase(found);
  Around(true);
  return absl::OkStatus();
}

Status SimFileSystem::CreateDirectories(const std::string& directory) {
  GODWIT_RETURN_IF_ERROR(Answers());
  const auto known = directories_.find(directory);
  if (known != directories_.end() && known->second) return absl::OkStatus();
  if (known == directories_.end()) {
    GODWIT_RETURN_IF_ERROR(Writes());
    directories_[directory] = false;
  }
  // That of a start before may not have been reached.
  Around(false);
  GODWIT_RETURN_IF_ERROR(Opens());
  if (SyncFails()) return IoError("fsync directory");
  directories_[directory] = true;
  Around(true);
  return absl::OkStatus();
}

Status SimFileSystem::SyncDirectory(const std::string& directory) {
  Around(false);
  GODWIT_RETURN_IF_ERROR(Answers());
  if (!directories_.contains(directory)) {
    return Error(StatusCode::kNotFound, Cat("open directory ", directory));
  }
  GODWIT_RETURN_IF_ERROR(Opens());
  if (SyncFails()) return IoError("fsync directory");
  for (auto& [path, node] : files_) {
    if (DirectoryOf(path) == directory) node->name_synced = true;
  }
  std::erase_if(removed_, [&](const auto& entry) { return DirectoryOf(entry.first) == directory; });
  Around(true);
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<FileLock>> SimFileSystem::Lock(const std::string& path) {
  GODWIT_RETURN_IF_ERROR(Answers());
  if (!directories_.contains(DirectoryOf(path))) {
    return Error(StatusCode::kNotFound, Cat("lock ", path, ": no such directory"));
  }
  GODWIT_RETURN_IF_ERROR(Opens());
  auto& held = locks_[path];
  if (held != nullptr && *held) {
    return Error(StatusCode::kUnavailable, Cat("lock ", path, ": another process holds it"));
  }
  held = std::make_shared<bool>(false);
  return std::make_unique<Held>(*this, path, held);
}

StatusOr<Space> SimFileSystem::FreeSpace(const std::string&) {
  GODWIT_RETURN_IF_ERROR(Answers());
  return Space{.total = space_, .available = space_ > used_ ? space_ - used_ : 0};
}

void SimFileSystem::MoveAway(const std::string& path) {
  const auto found = files_.find(path);
  if (hide_witness_) hide_witness_(path);
  used_ -= found->second->bytes.size();
  blocks_ -= Blocks(found->second->bytes.size());
  // The move is durable: it is the file's bytes that are in question, not its name.
  found->second->name_synced = true;
  moved_[path] = found->second;
  files_.erase(found);
}

void SimFileSystem::RemoveFolder(const std::string& directory) {
  const auto inside = [&](const auto& entry) { return DirectoryOf(entry.first) == directory; };
  for (const std::string& path : Paths(Cat(directory, "/"))) {
    MoveAway(path);
    moved_.erase(path);
  }
  std::erase_if(removed_, inside);
  std::erase_if(locks_, inside);
  directories_.erase(directory);
}

void SimFileSystem::PutBack() {
  for (auto& [path, node] : std::exchange(moved_, {})) {
    if (files_.contains(path) || !directories_.contains(DirectoryOf(path))) continue;
    removed_.erase(path);
    used_ += node->bytes.size();
    blocks_ += Blocks(node->bytes.size());
    unforeseen_blocks_ += Blocks(node->bytes.size());
    files_[path] = std::move(node);
  }
}

std::vector<std::string> SimFileSystem::Paths(const std::string& prefix) const {
  std::vector<std::string> paths;
  ForEachPath(prefix, [&](const std::string& path) { paths.push_back(path); });
  return paths;
}

bool SimFileSystem::IsDurable(const std::string& path, size_t offset, size_t bytes) const {
  const Node& node = *files_.at(path);
  if (!node.name_synced || !directories_.at(DirectoryOf(path))) return false;
  return node.durable.size() >= offset + bytes &&
         node.durable.compare(offset, bytes, node.bytes, offset, bytes) == 0;
}

void SimFileSystem::PowerCut() {
  hanging_ = nullptr;
  std::erase_if(directories_, [&](const auto& directory) {
    if (directory.second || scheduler_.Draw() % 2 == 0) return false;
    const auto inside = [&](const auto& entry) {
      return DirectoryOf(entry.first) == directory.first;
    };
    std::erase_if(files_, inside);
    std::erase_if(removed_, inside);
    return true;
  });
  for (auto& [directory, synced] : directories_) synced = true;
  std::erase_if(files_, [&](const auto& entry) {
    return !entry.second->name_synced && scheduler_.Draw() % 2 == 0;
  });
  for (auto& [path, node] : removed_) {
    if (scheduler_.Draw() % 2 == 0) files_.emplace(path, node);
  }
  for (auto& [path, node] : files_) {
    AfterPowerCut(*node, kAllUnsynced[scheduler_.Draw() % std::size(kAllUnsynced)]);
  }
  for (auto& [path, node] : moved_) {
    AfterPowerCut(*node, kAllUnsynced[scheduler_.Draw() % std::size(kAllUnsynced)]);
  }
  Recount();
}

void SimFileSystem::PowerCut(Unsynced bytes, UnsyncedNames names) {
  hanging_ = nullptr;
  if (names == UnsyncedNames::kLost) {
    for (const auto& directory : directories_) {
      if (directory.second) continue;
      std::erase_if(files_,
                    [&](const auto& entry) { return DirectoryOf(entry.first) == directory.first; });
    }
    std::erase_if(directories_, [](const auto& directory) { return !directory.second; });
    std::erase_if(files_, [](const auto& entry) { return !entry.second->name_synced; });
    for (auto& [path, node] : removed_) files_.emplace(path, node);
  }
  for (auto& [directory, synced] : directories_) synced = true;
  for (auto& [path, node] : files_) AfterPowerCut(*node, bytes);
  for (auto& [path, node] : moved_) AfterPowerCut(*node, bytes);
  Recount();
}

// A new node takes the old one's place: a process that still holds the file open writes into the
// void.
void SimFileSystem::AfterPowerCut(Node& node, Unsynced fate) {
  const size_t from = node.dirty_from;
  std::string unsynced = node.bytes.substr(from);
  if (unsynced.empty()) fate = Unsynced::kDropped;
  switch (fate) {
    case Unsynced::kDropped:
      unsynced.clear();
      break;
    case Unsynced::kKept:
      break;
    case Unsynced::kTorn:
      unsynced.resize(scheduler_.Draw() % (unsynced.size() + 1));
      break;
    case Unsynced::kReordered:
      // Later sectors arrived, earlier ones did not.
      for (size_t at = 0; at < unsynced.size(); at += kSector) {
        if (scheduler_.Draw() % 2 == 0) continue;
        const size_t end = std::min(at + kSector, unsynced.size());
        std::fill(unsynced.begin() + static_cast<ptrdiff_t>(at),
                  unsynced.begin() + static_cast<ptrdiff_t>(end), '\0');
      }
      break;
    case Unsynced::kZeroed:
      unsynced.assign(unsynced.size(), '\0');
      break;
    case Unsynced::kGarbage:
      for (char& byte : unsynced) byte = static_cast<char>(scheduler_.Draw());
      break;
  }
  if (!unsynced.empty()) node.durable.resize(from);
  node.durable += unsynced;
  node.bytes = node.durable;
  node.dirty_from = node.bytes.size();
  node.name_synced = true;
}

void SimFileSystem::CopyFrom(const SimFileSystem& other) {
  directories_ = other.directories_;
  files_.clear();
  removed_.clear();
  moved_.clear();
  for (const auto& [path, node] : other.files_) files_[path] = NewNode(*node);
  for (const auto& [path, node] : other.removed_) removed_[path] = NewNode(*node);
  PowerCut();
}

void SimFileSystem::Recount() {
  removed_.clear();
  locks_.clear();
  used_ = 0;
  blocks_ = 0;
  for (auto& [path, node] : moved_) node = NewNode(*node);
  for (auto& [path, node] : files_) {
    node = NewNode(*node);
    used_ += node->bytes.size();
    blocks_ += Blocks(node->bytes.size());
  }
}

SimFileSystem::Flipped SimFileSystem::FlipByte() {
  std::vector<std::string> paths;
  for (const auto& [path, node] : files_) {
    if (!node->durable.empty() && node->dirty_from == node->bytes.size()) paths.push_back(path);
  }
  if (paths.empty()) return {};
  const std::string path = paths[scheduler_.Draw() % paths.size()];
  Node& node = *files_.at(path);
  const size_t at = scheduler_.Draw() % node.durable.size();
  const char flipped = static_cast<char>(node.durable[at] ^ (1 << (scheduler_.Draw() % 8)));
  node.durable[at] = flipped;
  node.bytes[at] = flipped;
  node.version = ++versions_;
  return {path, at};
}

void SimFileSystem::SetBytes(const std::string& path, const std::string& bytes) {
  Node& node = *files_.at(path);
  node.bytes = bytes;
  node.durable = bytes;
  node.dirty_from = bytes.size();
  node.version = ++versions_;
  used_ = 0;
  for (const auto& [other, at] : files_) used_ += at->bytes.size();
}

}  // namespace godwit::sim
