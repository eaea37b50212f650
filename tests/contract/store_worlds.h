// A store and its reader for the contract suites: SQLite on a real disk, and the simulated twin.
#pragma once

#include <gtest/gtest.h>

#include "base/check.h"
#include "collector/store/sqlite_reader.h"
#include "collector/store/sqlite_store.h"
#include "platform/linux/linux_random.h"
#include "tests/contract/temporary_folder.h"
#include "tests/sim/memory_store.h"

namespace godwit::collector {

class SqliteWorld {
 public:
  SqliteWorld() { Reopen(); }
  Store& store() { return *store_; }
  StoreReader& reader() { return *reader_; }
  std::string file() const { return StoreFile(folder_.path()); }
  // As after a restart of the collector.
  void Reopen() {
    reader_.reset();
    store_.reset();
    auto store = SqliteStore::Open(StoreFile(folder_.path()), random_);
    GODWIT_CHECK(store.ok());
    store_ = *std::move(store);
    auto reader = SqliteReader::Open(StoreFile(folder_.path()));
    GODWIT_CHECK(reader.ok());
    reader_ = *std::move(reader);
  }

 private:
  TemporaryFolder folder_;
  LinuxRandom random_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<SqliteReader> reader_;
};

class MemoryWorld {
 public:
  Store& store() { return store_; }
  StoreReader& reader() { return store_; }
  void Reopen() {}

 private:
  sim::MemoryStore store_{"0123456789abcdef"};
};

// Those of the one device's records that overlap `times`, in order.
inline std::vector<Seq> StoredSeqs(StoreReader& reader, TimeRange times = {}) {
  std::vector<Seq> seqs;
  RecordCursor cursor;
  const int64_t device = reader.Devices()->front().key;
  while (const auto next = *reader.Next(device, cursor, times)) {
    cursor = next->cursor;
    seqs.push_back(cursor.seq);
  }
  return seqs;
}

using StoreWorlds = testing::Types<SqliteWorld, MemoryWorld>;

}  // namespace godwit::collector
