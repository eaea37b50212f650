// The bounds of devices (device_bounds.h) in the store: how much each has brought lately, and what
// its quotas count.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "collector/store/device_bounds.h"
#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Checks bounds. Writer-confined; each call is part of its caller's transaction. An answer is the
// bound that refuses, or nothing: then the request counts as brought. A device that begins to be
// slowed gets an alert.
class SqliteBounds {
 public:
  explicit SqliteBounds(Database& database) : database_(database) {}

  using Answer = StatusOr<std::optional<Postponement>>;
  // Checks the new runs and the boot of a session.
  [[nodiscard]] Answer AdmitSession(int64_t device, const SessionOpening& opening);
  // Checks a record and its new tables, run and boot: all of it or nothing.
  [[nodiscard]] Answer AdmitRecord(int64_t device, const Delivery& delivery, int64_t now_unix_ns);
  // Runs `account`, which writes the accounting of a device's runs, and undoes it if it is too
  // much.
  [[nodiscard]] Answer AdmitAccount(int64_t device, int64_t now_unix_ns,
                                    const std::function<Status()>& account);

 private:
  // The number of new items by bound.
  using News = std::map<DeviceBound, uint64_t>;
  Answer TakeAll(int64_t device, const News& news, int64_t now_unix_ns);
  Answer RefuseQuota(int64_t device, DeviceBound bound, const DeviceQuotas& quotas,
                     int64_t now_unix_ns);
  Answer Finish(int64_t device, DeviceBound bound, const Pace& pace, const PaceAnswer& answer,
                const DeviceQuotas& quotas, int64_t now_unix_ns);
  StatusOr<Pace> Read(int64_t device, DeviceBound bound);
  Status Write(int64_t device, DeviceBound bound, const Pace& pace);
  StatusOr<uint64_t> NewTables(int64_t device, const std::vector<IncomingTable>& tables);
  StatusOr<uint64_t> Changes();

  Database& database_;
};

}  // namespace godwit::collector
