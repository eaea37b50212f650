#include "collector/store/sqlite_clocks.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/sqlite_alerts.h"

namespace godwit::collector {

StatusOr<StoredBoot> SqliteClocks::Put(int64_t device, const BootId& boot_id) {
  GODWIT_RETURN_IF_ERROR(
      database_.Prepare("INSERT INTO boot (device, boot_id) VALUES (?, ?) ON CONFLICT DO NOTHING")
          .Bind(device)
          .BindBlob(boot_id)
          .Run());
  Statement find = database_.Prepare(
      "SELECT key, offset_ns, uncertainty_ns, offset_ns IS NOT NULL FROM boot"
      " WHERE device = ? AND boot_id = ?");
  GODWIT_RETURN_IF_ERROR(find.Bind(device).BindBlob(boot_id).Step().status());
  StoredBoot boot{.key = find.Integer(0)};
  if (find.Integer(3) != 0) boot.clock = {find.Integer(1), find.Integer(2)};
  return boot;
}

StatusOr<StoredBoot> SqliteClocks::Learn(int64_t device, const BatchClock& clock) {
  GODWIT_ASSIGN_OR_RETURN(StoredBoot boot, Put(device, clock.boot_id));
  if (boot.clock.Learn(clock)) GODWIT_RETURN_IF_ERROR(Relearn(boot));
  return boot;
}

// Stores what is known of the boot's clock now. Earlier times by this clock are corrected, some at
// once and the others in the background: a boot has thousands of records, and each is a row to be
// written again.
Status SqliteClocks::Relearn(const StoredBoot& boot) {
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("UPDATE boot SET offset_ns = ?, uncertainty_ns = ?, repaired_to = 0"
                   " WHERE key = ?")
          .Bind(*boot.clock.offset_ns)
          .Bind(boot.clock.uncertainty_ns)
          .Bind(boot.key)
          .Run());
  return RepairTimes(boot, 0).status();
}

StatusOr<bool> SqliteClocks::RepairNext() {
  Transaction transaction(database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  StoredBoot boot;
  int64_t repaired_to = 0;
  {
    Statement find = database_.Prepare(
        "SELECT key, offset_ns, uncertainty_ns, repaired_to FROM boot"
        " WHERE repaired_to IS NOT NULL ORDER BY key LIMIT 1");
    GODWIT_ASSIGN_OR_RETURN(const bool row, find.Step());
    if (!row) return false;
    boot = {.key = find.Integer(0), .clock = {find.Integer(1), find.Integer(2)}};
    repaired_to = find.Integer(3);
  }
  GODWIT_RETURN_IF_ERROR(RepairTimes(boot, repaired_to).status());
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  database_.Checkpoint();
  return true;
}

// The next records behind `after`; whether there are more.
StatusOr<bool> SqliteClocks::RepairTimes(const StoredBoot& boot, int64_t after) {
  // In memory, not in SQL: sums that do not fit an integer are none there.
  struct Row {
    int64_t key, first, last, age, old_shift;
    BatchClock clock;
  };
  std::vector<Row> rows;
  {
    Statement find = database_.Prepare(
        "SELECT key, first_unix_ns, last_unix_ns, age_unix_ns, shift_ns, wall_offset_ns"
        " FROM record WHERE boot = ? AND synchronised = 0 AND key > ? ORDER BY key LIMIT ?");
    find.Bind(boot.key).Bind(after).Bind(uint64_t{kRepairRecords});
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, find.Step());
      if (!more) break;
      rows.push_back({find.Integer(0),
                      find.Integer(1),
                      find.Integer(2),
                      find.Integer(3),
                      find.Integer(4),
                      {.wall_offset_ns = find.Integer(5)}});
    }
  }
  for (const Row& row : rows) {
    const int64_t shift = boot.clock.ShiftOf(row.clock);
    if (shift == row.old_shift) continue;
    const int64_t last = AddSaturated(SubtractSaturated(row.last, row.old_shift), shift);
    GODWIT_RETURN_IF_ERROR(
        database_
            .Prepare("UPDATE record SET first_unix_ns = ?, last_unix_ns = ?, age_unix_ns = ?,"
                     " shift_ns = ? WHERE key = ?")
            .Bind(AddSaturated(SubtractSaturated(row.first, row.old_shift), shift))
            .Bind(last)
            .Bind(std::min(row.age, last))
            .Bind(shift)
            .Bind(row.key)
            .Run());
  }
  const bool more = rows.size() == kRepairRecords;
  GODWIT_RETURN_IF_ERROR(
      database_.Prepare("UPDATE boot SET repaired_to = CASE WHEN ? THEN ? END WHERE key = ?")
          .Bind(more)
          .Bind(rows.empty() ? 0 : rows.back().key)
          .Bind(boot.key)
          .Run());
  return more;
}

Status SqliteClocks::NoteBoot(int64_t device, const SessionOpening& opening) {
  const BootId& boot_id = opening.device.boot_id;
  GODWIT_ASSIGN_OR_RETURN(StoredBoot boot, Put(device, boot_id));
  std::optional<int64_t> superseded;
  {
    Statement find = database_.Prepare(
        "SELECT superseded_unix_ns FROM boot WHERE key = ? AND superseded_unix_ns IS NOT NULL");
    GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(boot.key).Step());
    if (row) superseded = find.Integer(0);
  }
  if (superseded &&
      opening.now_unix_ns - *superseded >= absl::ToInt64Nanoseconds(kSharedIdentityAfter)) {
    GODWIT_RETURN_IF_ERROR(SqliteAlerts(database_).Raise(
        device, "identity shared",
        Cat("boot ", Hex(boot_id),
            " reports again after another one: two machines use this device id"),
        opening.now_unix_ns));
  }
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("UPDATE boot SET superseded_unix_ns = ? WHERE device = ? AND key <> ?"
                   " AND superseded_unix_ns IS NULL")
          .Bind(opening.now_unix_ns)
          .Bind(device)
          .Bind(boot.key)
          .Run());
  GODWIT_RETURN_IF_ERROR(
      database_.Prepare("UPDATE boot SET superseded_unix_ns = NULL WHERE key = ?")
          .Bind(boot.key)
          .Run());
  if (!boot.clock.Learn(opening.device, opening.HeardUnixNs())) return absl::OkStatus();
  return Relearn(boot);
}

}  // namespace godwit::collector
