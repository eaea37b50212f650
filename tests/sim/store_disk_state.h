// The files of a StoreDisk, and the faults that strike them. SQLite's own interface to them is in
// store_disk.cc.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/store_disk.h"

namespace godwit::sim {

struct StoreDiskFile {
  struct Change {
    uint64_t at = 0;
    std::string bytes;
    bool truncates = false;  // to `at`
  };
  std::string bytes;            // as a process reads it
  std::string synced;           // as a power cut leaves it at least
  std::vector<Change> changes;  // from that to this
  bool name_is_safe = false;

  // SQLite's locks on the file: how many hold the first, who holds more.
  std::map<const void*, int> locks;
  // The index of a write-ahead log, shared by all connections: not on the disk.
  std::vector<std::unique_ptr<std::array<char, 32768>>> index;
  std::map<const void*, std::set<int>> shared_slots;
  std::map<const void*, std::set<int>> exclusive_slots;

  void Write(uint64_t at, std::string_view data);
  void Truncate(uint64_t size);
  void Sync();
};

class StoreDisk::State {
 public:
  explicit State(uint64_t seed) : chance(seed) {}

  // Counts an operation. How it goes: 0, as it should; otherwise the code that SQLite is answered;
  // `half` is set where half of a write is to be done first.
  int Operate(bool* half = nullptr);
  void SyncFolder();
  void Restart(Loss loss);

  mutable std::recursive_mutex mutex;  // guards all below
  std::map<std::string, std::shared_ptr<StoreDiskFile>> files;
  std::map<std::string, std::shared_ptr<StoreDiskFile>> deleted;  // while that is not safe
  std::function<void()> on_sync;
  std::mt19937_64 chance;
  uint64_t operations = 0;
  uint64_t strike_at = 0;
  Fault fault = Fault::kFailsOnce;
  bool has_struck = false;
  bool is_off = false;
};

}  // namespace godwit::sim
