// The boots of devices in the store: the relation of their clocks to wall time, and the times
// corrected by it.
#pragma once

#include <cstdint>

#include "collector/store/boot_clock.h"
#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

struct StoredBoot {
  int64_t key = 0;  // the store's own
  BootClock clock;
};

// The clocks. Writer-confined; each call but RepairNext is part of its caller's transaction.
class SqliteClocks {
 public:
  explicit SqliteClocks(Database& database) : database_(database) {}

  // Records the boot of a device that opens a session. Two boots of one device that take turns
  // raise an alert: they are two machines.
  [[nodiscard]] Status NoteBoot(int64_t device, const SessionOpening& opening);
  // Returns the boot of a batch, after learning from its clock.
  [[nodiscard]] StatusOr<StoredBoot> Learn(int64_t device, const BatchClock& clock);
  // Corrects some more times of a boot whose clock has become known, in a transaction of its own.
  // Returns false if none is left. Takes some milliseconds.
  [[nodiscard]] StatusOr<bool> RepairNext();

 private:
  StatusOr<StoredBoot> Put(int64_t device, const BootId& boot_id);
  Status Relearn(const StoredBoot& boot);
  StatusOr<bool> RepairTimes(const StoredBoot& boot, int64_t after);

  Database& database_;
};

}  // namespace godwit::collector
