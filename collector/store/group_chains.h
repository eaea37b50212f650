// Finds which tables (lists of series) follow each other in one group. A group whose series change
// uses another table from then on, and the first one again if they change back (a modem, a USB
// disk, a reload). A chain is the tables of one group.
//
// A series belongs to one sensor, so a new table that shares a series with a table that has ended
// continues its chain. The table starts a chain of its own if this is not certain: if it may
// continue either of two chains, or if two tables of one chain turn out to have ticks at the same
// time. Then too many ticks count as missing, rather than too few.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/names.h"
#include "base/status.h"

namespace godwit::collector {

// Compares the series of tables. Keeps hashes of at most about kComparedSeriesKept series, so
// that few tables are read twice. Thread-compatible.
class SharedSeries {
 public:
  // Reads a table's encoding, like StoreReader::Table.
  using ReadTable = std::function<StatusOr<std::string>(const TableId&)>;
  explicit SharedSeries(ReadTable read) : read_(std::move(read)) {}

  // Returns whether the tables have a series in common. A table that cannot be read has none.
  bool Between(const TableId& a, const TableId& b);

 private:
  using Identities = std::vector<uint64_t>;  // hashes, ascending
  std::shared_ptr<const Identities> Of(const TableId& id);

  const ReadTable read_;
  std::map<TableId, std::shared_ptr<const Identities>> known_;
  size_t kept_ = 0;  // the hashes in known_, and one for each table
};

// The chains of one device, or of one run of it. Copyable. Thread-compatible.
class GroupChains {
 public:
  // Returns whether the last tick of `other` is before the block that is added.
  using EndedBefore = std::function<bool(const TableId& other)>;
  // Adds a block of `table` to the end of its chain. Returns the table of the group's block before:
  // the last table of the chain so far, or `table` if it starts a chain of its own because that one
  // overlaps. Nothing: the block is the first of a chain. Blocks must be added in the order of
  // their first ticks. If there are more than kGroupsCompared chains, a new table starts one.
  std::optional<TableId> Continue(const TableId& table, const EndedBefore& ended_before,
                                  SharedSeries& shared);
  // Returns whether `table` is the last table of its chain; false if no block of it was added.
  bool IsLast(const TableId& table) const;

 private:
  std::optional<size_t> ChainOfNew(const TableId& table, const EndedBefore& ended_before,
                                   SharedSeries& shared) const;

  std::vector<TableId> last_;  // the newest table of each chain
  std::map<TableId, size_t> chain_of_;
};

}  // namespace godwit::collector
