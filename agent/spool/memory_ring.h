// The end of the current run that is not on the disk: normally for the moment of a write, and for
// as long as the disk is full, read-only or failing. Bounded; the spool accounts for what does not
// fit.
//
// A record keeps its name here. One whose write failed may be on the disk nevertheless, so under
// any other name it could be counted twice.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/names.h"
#include "base/units.h"

namespace godwit::agent {

struct SpoolTable {
  TableId id;
  std::string encoded;
};

struct NewRecord {
  std::vector<SpoolTable> tables;  // every table the batch uses
  std::string batch;
  int64_t first_unix_ns = 0;
  int64_t last_unix_ns = 0;
};

// Storage-confined.
class MemoryRing {
 public:
  void Add(Seq seq, NewRecord record) {
    bytes_ += SizeOf(record);
    records_.emplace(seq, std::move(record));
  }
  void Remove(Seq seq) {
    const auto found = records_.find(seq);
    if (found == records_.end()) return;
    bytes_ -= SizeOf(found->second);
    records_.erase(found);
  }
  const NewRecord* Find(Seq seq) const {
    const auto found = records_.find(seq);
    return found == records_.end() ? nullptr : &found->second;
  }
  const std::map<Seq, NewRecord>& records() const { return records_; }
  bool empty() const { return records_.empty(); }
  ByteCount bytes() const { return bytes_; }

 private:
  static ByteCount SizeOf(const NewRecord& record) {
    ByteCount bytes = record.batch.size();
    for (const SpoolTable& table : record.tables) bytes += table.id.size() + table.encoded.size();
    return bytes;
  }

  std::map<Seq, NewRecord> records_;
  ByteCount bytes_ = 0;
};

}  // namespace godwit::agent
