// The twin of LinuxFileSystem, in memory. It keeps apart what the kernel shows and what the disk
// has: a power cut leaves the synced bytes, the names whose folder was synced, the folders whose
// parent was, and of the rest whatever the seed (or a test) says: nothing, all, a prefix, some
// sectors in any order, zeros or garbage. As on Linux, a failed sync leaves its pages clean: a
// second one would not write them.
#pragma once

#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "platform/file_system.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

// Thrown out of a file operation: the machine dies here. Nothing but a world's loop catches it.
struct PowerCutNow {};

// What a power cut leaves of bytes that were not synced.
enum class Unsynced { kDropped, kKept, kTorn, kReordered, kZeroed, kGarbage };
inline constexpr Unsynced kAllUnsynced[] = {Unsynced::kDropped, Unsynced::kKept,
                                            Unsynced::kTorn,    Unsynced::kReordered,
                                            Unsynced::kZeroed,  Unsynced::kGarbage};
// And of names whose folder was not: made and lost again, removed and back again, or as they were.
enum class UnsyncedNames { kLost, kKept };

class SimFileSystem final : public FileSystem {
 public:
  explicit SimFileSystem(SimScheduler& scheduler) : scheduler_(scheduler) {}

  StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) override;
  StatusOr<std::vector<FileEntry>> List(const std::string& directory) override;
  Status Remove(const std::string& path) override;
  Status CreateDirectories(const std::string& directory) override;
  Status SyncDirectory(const std::string& directory) override;
  StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  StatusOr<Space> FreeSpace(const std::string& directory) override;

  // The machine is off afterwards; locks are gone. Each file and name fares as drawn.
  void PowerCut();
  void PowerCut(Unsynced bytes, UnsyncedNames names);
  // The disk of another machine, copied while it was in use: as after a power cut there.
  void CopyFrom(const SimFileSystem& other);

  // Faults, until set back.
  void set_space(ByteCount total) { space_ = total; }
  // In so many of a thousand.
  void set_sync_fails(bool fails, uint64_t permille = 1000) {
    sync_fails_ = fails;
    sync_fails_permille_ = permille;
  }
  // One fails, and the next succeed.
  void FailNextSync() { next_sync_fails_ = true; }
  // The next sync of a file takes `hang`, which lets the time pass, before anything of it is on the
  // disk. When `hang` returns true the caller's patience was over before: the sync continues alone,
  // as that of a PatientFileSystem does, and every operation fails until EndHang.
  void HangNextSync(std::function<bool()> hang) { hang_ = std::move(hang); }
  // The sync that continues alone ends, with an I/O error that nobody waits for.
  void EndHang();
  void set_write_fails(bool fails) { write_fails_ = fails; }
  void set_read_fails(bool fails) { read_fails_ = fails; }
  // The file has a bad block: it opens, and no read of it succeeds.
  void set_unreadable(const std::string& path, bool unreadable = true) {
    files_.at(path)->unreadable = unreadable;
  }
  void set_read_only(bool read_only) { read_only_ = read_only; }
  // No file or folder can be opened: the process has used up its descriptors.
  void set_no_descriptors(bool none) { no_descriptors_ = none; }
  // One of these is in force.
  bool troubled() const {
    return sync_fails_ || write_fails_ || read_fails_ || read_only_ || no_descriptors_ ||
           list_fails_ || list_omits_ || hanging_ != nullptr || next_sync_fails_ ||
           space_ < kSpaceDefault;
  }
  void set_list_fails(bool fails) { list_fails_ = fails; }
  // A listing leaves out one name, drawn again each time, and does not say so: a folder that
  // changes while it is read may do that.
  void set_list_omits(bool omits) { list_omits_ = omits; }
  // Somebody moves this file away; the kernel keeps what is open of it. Later it may be put back,
  // unless its name is taken again: then it stays away.
  void MoveAway(const std::string& path);
  void PutBack();
  // Somebody deletes a folder with all that is in it, locks included.
  void RemoveFolder(const std::string& directory);
  bool has_moved() const { return !moved_.empty(); }
  // Sees every file that is moved away or left out of a listing, while it is still there.
  using HideWitness = std::function<void(const std::string& path)>;
  void set_hide_witness(HideWitness witness) { hide_witness_ = std::move(witness); }
  // Of files that were put back, or left out of a listing, so far: nobody had made room for them.
  ByteCount unforeseen_blocks() const { return unforeseen_blocks_; }
  // Called around every operation that changes something; `after` says which side of it. May throw
  // PowerCutNow.
  using Hook = std::function<void(bool after)>;
  void set_hook(Hook hook) { hook_ = std::move(hook); }
  // Sees every file that is removed, while it is still there.
  using RemoveWitness = std::function<void(const std::string& path)>;
  void set_remove_witness(RemoveWitness witness) { remove_witness_ = std::move(witness); }

  // Changes one byte of what was synced, in a drawn file; the path is empty when there is none.
  struct Flipped {
    std::string path;
    size_t offset = 0;
  };
  Flipped FlipByte();

  // What is on the disk, for tests that damage it.
  const std::string& BytesOf(const std::string& path) const { return files_.at(path)->bytes; }
  // Every file whose path begins so, in order.
  std::vector<std::string> Paths(const std::string& prefix = {}) const;
  template <typename Visit>
  void ForEachPath(const std::string& prefix, Visit visit) const {
    for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix);
         ++at) {
      visit(at->first);
    }
  }
  // The last in front of `behind` that begins with the prefix; empty when there is none.
  std::string LastPathBefore(const std::string& behind, const std::string& prefix) const {
    const auto at = files_.lower_bound(behind);
    if (at == files_.begin() || !std::prev(at)->first.starts_with(prefix)) return {};
    return std::prev(at)->first;
  }
  // Another number whenever a file does more than grow.
  uint64_t VersionOf(const std::string& path) const { return files_.at(path)->version; }
  // These bytes, and the name that leads to them, survive a power cut.
  bool IsDurable(const std::string& path, size_t offset, size_t bytes) const;
  void SetBytes(const std::string& path, const std::string& bytes);
  ByteCount UsedBytes() const { return used_; }
  // From now on.
  void count_reads() { bytes_read_ = 0; }
  ByteCount bytes_read() const { return bytes_read_; }
  ByteCount space() const { return space_; }
  // In blocks of 4 KiB, as `du` counts, and the most it ever was.
  ByteCount blocks() const { return blocks_; }
  ByteCount peak_blocks() const { return peak_blocks_; }

 private:
  struct Node {
    std::string bytes;      // as the kernel shows it
    std::string durable;    // as the disk has it
    size_t dirty_from = 0;  // bytes behind it wait for a sync
    bool name_synced = false;
    bool unreadable = false;
    uint64_t version = 0;
  };
  class Writable;
  class Readable;
  class Held;

  void Around(bool after) {
    if (hook_) hook_(after);
  }
  Status Answers() const;
  Status Writes() const;
  Status Opens() const;
  StatusOr<std::string> Read(const Node& node, ByteCount offset, ByteCount count) const;
  Status Rename(const std::string& from, const std::string& to, const std::shared_ptr<Node>& node);
  std::shared_ptr<Node> NewNode(Node node);
  bool SyncFails() {
    if (std::exchange(next_sync_fails_, false)) return true;
    return sync_fails_ && scheduler_.Chance(sync_fails_permille_);
  }
  void Grow(Node& node, std::string_view bytes);
  void AfterPowerCut(Node& node, Unsynced fate);
  void Recount();

  SimScheduler& scheduler_;
  std::map<std::string, std::shared_ptr<Node>> files_;
  std::map<std::string, std::shared_ptr<Node>> removed_;  // unlinked, the folder not synced since
  std::map<std::string, std::shared_ptr<Node>> moved_;
  std::map<std::string, bool> directories_;  // whether the parent was synced since
  std::map<std::string, std::shared_ptr<bool>> locks_;
  static constexpr ByteCount kSpaceDefault = ByteCount{1} << 40;
  ByteCount space_ = kSpaceDefault;
  ByteCount used_ = 0;
  ByteCount blocks_ = 0;
  ByteCount peak_blocks_ = 0;
  ByteCount unforeseen_blocks_ = 0;
  std::set<std::string> left_out_;
  mutable ByteCount bytes_read_ = 0;
  bool next_sync_fails_ = false;
  bool sync_fails_ = false;
  uint64_t sync_fails_permille_ = 1000;
  bool write_fails_ = false;
  bool read_fails_ = false;
  bool read_only_ = false;
  bool no_descriptors_ = false;
  bool list_fails_ = false;
  bool list_omits_ = false;
  uint64_t versions_ = 0;
  std::function<bool()> hang_;
  std::shared_ptr<Node> hanging_;  // whose sync continues alone
  Hook hook_;
  RemoveWitness remove_witness_;
  HideWitness hide_witness_;
};

}  // namespace godwit::sim
