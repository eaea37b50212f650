// Random histories of one device in a real store: runs that restart, miss ticks, overlap, come in
// any order and with clocks that are corrected later; merged now and then. And what was put in.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "codec/batch.h"
#include "codec/table.h"
#include "collector/store/sqlite_merge_source.h"
#include "collector/store/sqlite_reader.h"
#include "collector/store/sqlite_store.h"
#include "platform/linux/linux_random.h"
#include "tests/contract/temporary_folder.h"

namespace godwit::collector {

class StoredWorld {
 public:
  explicit StoredWorld(uint64_t seed);

  SqliteStore& store() { return *store_; }
  SqliteReader& reader() { return *reader_; }
  const std::string& file() const { return file_; }
  DeviceName Device() { return reader_->DeviceNames()->front(); }

  // Commits everything in random order, and merges at random moments if it may.
  void Fill(bool merge = true);
  // Merges whatever can be; how many steps replaced records.
  size_t MergeAll();
  // As after a restart of the collector.
  void Reopen();

  // All samples put in: series text, true time, value; each series by run, seq and tick.
  struct Truth {
    std::string series;
    int64_t time_unix_ns = 0;
    Value value;
    friend bool operator==(const Truth&, const Truth&) = default;
  };
  std::vector<Truth> truth() const;
  int64_t begin_unix_ns() const { return begin_; }
  int64_t end_unix_ns() const { return end_; }
  const std::map<RecordName, uint64_t>& checksums() const { return checksums_; }

 private:
  struct Group {
    Table table;
    std::string encoded;
    TableId id;
    int64_t interval_ns = 0;
    std::vector<int64_t> counters;  // running value of each series
  };
  struct Pending {
    RecordName name;
    Batch batch;
    int64_t shift_ns = 0;  // of the device's clock; 0 when it was synchronised
  };
  void MakeGroups();
  void MakeRun(RunId run, RunId follows);
  Block MakeBlock(Group& group, int64_t begin, int64_t end);
  Value MakeValue(const Series& series, int64_t& counter);
  uint64_t Roll(uint64_t sides) { return noise_() % sides; }

  std::mt19937_64 noise_;
  TemporaryFolder folder_;
  const std::string file_ = StoreFile(folder_.path());
  LinuxRandom random_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<SqliteReader> reader_;
  std::unique_ptr<SqliteMergeSource> source_;
  std::vector<Group> groups_;
  std::vector<Pending> pending_;
  std::map<RecordName, Pending> stored_;
  std::map<RunId, uint64_t> run_order_;
  std::map<RecordName, uint64_t> checksums_;
  int64_t begin_ = 0;
  int64_t end_ = 0;
};

}  // namespace godwit::collector
