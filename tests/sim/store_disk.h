// A disk for SQLite, in memory: what was written and what was synced are kept apart, and any of its
// operations can fail, end half-way, or be the last one before the power goes. SQLite's default
// file system while it lives. Thread-safe, as SQLite asks; faults belong to tests with one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace godwit::sim {

class StoreDisk {
 public:
  // What is not synced at a power cut is lost or kept as `seed` draws it.
  explicit StoreDisk(uint64_t seed = 1);
  // All connections are closed by then.
  ~StoreDisk();
  StoreDisk(const StoreDisk&) = delete;
  StoreDisk& operator=(const StoreDisk&) = delete;

  enum class Fault {
    kFailsOnce,  // it does nothing and returns an I/O error
    kFails,      // the same, and so does each one after it
    kCutShort,   // of a write, half is written, and the disk is full; others fail once
    kIsTheLast,  // as kCutShort, and nothing works until Restart
  };
  // Reads, writes, syncs, truncations, openings, deletions, questions of a size and mappings of the
  // log's index so far.
  uint64_t operations() const;
  // `fault` strikes at the operation of that number; 0: at none.
  void StrikeAt(uint64_t operation, Fault fault);
  bool has_struck() const;
  // Nothing works any more.
  bool is_off() const;

  enum class Loss {
    kNothing,   // the process was killed: what is written is there
    kUnsynced,  // the power was cut: nothing is there that was not synced
    kSome,      // the power was cut: sectors that were not synced are there or not
  };
  // Everything works again. All connections are closed.
  void Restart(Loss loss);

  // Runs inside each sync, on the thread that syncs: here a disk is slow.
  void OnSync(std::function<void()> sync);
  // The names in the folder are safe, as after FileSystem::SyncDirectory.
  void SyncDirectory();

  // A file's bytes as a process reads them; empty when there is none.
  std::string Read(const std::string& path) const;
  // Written and synced.
  void Write(const std::string& path, std::string bytes);

  class State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace godwit::sim
