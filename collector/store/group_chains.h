// Finds which lists of series follow each other in one group. A group whose series change has
// another table from then on, and the first one again when they change back (a modem, a USB disk, a
// reload).
//
// A series belongs to one sensor, so a new table that shares a series with one that has just ended
// continues it. Where this is not certain the table stands alone, and ticks count as missing rather
// than stored: when it may continue either of two groups, and when two tables of one chain turn out
// to have ticks at the same time.
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

// Compares the series of tables, each decoded once. Thread-compatible.
class SharedSeries {
 public:
  // Reads a table's encoding, like StoreReader::Table.
  using ReadTable = std::function<StatusOr<std::string>(const TableId&)>;
  explicit SharedSeries(ReadTable read) : read_(std::move(read)) {}

  // Returns whether a series is in both. A table that cannot be read shares none.
  bool Between(const TableId& a, const TableId& b);

 private:
  using Identities = std::vector<uint64_t>;  // hashes, ascending
  std::shared_ptr<const Identities> Of(const TableId& id);

  const ReadTable read_;
  std::map<TableId, std::shared_ptr<const Identities>> known_;
  size_t kept_ = 0;  // of all that are known
};

// The chains of one device, or of one run of it. Copying it copies its state. Thread-compatible.
class GroupChains {
 public:
  // Returns whether the last tick of that table is before the block.
  using EndedBefore = std::function<bool(const TableId& other)>;
  // Puts a block of `table` at the end of its group's chain. Returns the table that had the end of
  // it: its own, or that of the list of series which the group had meanwhile. Nothing: the block is
  // the first of a group, as far as anybody knows. Blocks come in the order of their ticks.
  std::optional<TableId> Continue(const TableId& table, const EndedBefore& ended_before,
                                  SharedSeries& shared);
  // Returns whether no other table has followed it in its group.
  bool IsLast(const TableId& table) const;

 private:
  std::optional<size_t> ChainOfNew(const TableId& table, const EndedBefore& ended_before,
                                   SharedSeries& shared) const;

  std::vector<TableId> last_;  // the newest table of each chain
  std::map<TableId, size_t> chain_of_;
};

}  // namespace godwit::collector
