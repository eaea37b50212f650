#include "collector/store/sqlite_devices.h"

#include <algorithm>

#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/row_place.h"

namespace godwit::collector {

StatusOr<int64_t> SqliteDevices::Put(const DeviceFacts& facts, int64_t now_unix_ns) {
  StatusOr<int64_t> device = Key(facts.device_id);
  if (absl::IsNotFound(device.status())) device = NewKey(facts.device_id);
  GODWIT_RETURN_IF_ERROR(device.status());
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("INSERT INTO device (device_id, name, boot_id, agent_version,"
                   " wall_synchronised, last_seen_unix_ns, opened_unix_ns, key)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)"
                   " ON CONFLICT (device_id) DO UPDATE SET name = excluded.name,"
                   " boot_id = excluded.boot_id, agent_version = excluded.agent_version,"
                   " wall_synchronised = excluded.wall_synchronised,"
                   " last_seen_unix_ns = excluded.last_seen_unix_ns,"
                   " opened_unix_ns = excluded.opened_unix_ns")
          .BindText(facts.device_id)
          .BindText(facts.name)
          .BindBlob(facts.boot_id)
          .BindText(facts.agent_version)
          .Bind(facts.wall_synchronised)
          .Bind(now_unix_ns)
          .Bind(*device)
          .Run());
  GODWIT_RETURN_IF_ERROR(
      database_.Prepare("DELETE FROM label WHERE device = ?").Bind(*device).Run());
  for (const auto& [name, value] : facts.labels) {
    GODWIT_RETURN_IF_ERROR(
        database_.Prepare("INSERT INTO label (device, name, value) VALUES (?, ?, ?)")
            .Bind(*device)
            .BindText(name)
            .BindText(value)
            .Run());
  }
  return device;
}

StatusOr<int64_t> SqliteDevices::NewKey(const std::string& device_id) {
  {
    Statement count = database_.Prepare("SELECT count(*) FROM device");
    GODWIT_RETURN_IF_ERROR(count.Step().status());
    if (count.Integer(0) >= kDevicesMax) {
      return Error(StatusCode::kResourceExhausted,
                   Cat("store: it has ", kDevicesMax, " devices, the most it can have"));
    }
  }
  const KeyRange keys = KeysAtPlaceOf(device_id, kDeviceNumberBits);
  Statement last = database_.Prepare("SELECT max(key) FROM device WHERE key BETWEEN ? AND ?");
  GODWIT_RETURN_IF_ERROR(last.Bind(keys.first).Bind(keys.last).Step().status());
  return std::max(last.Integer(0), keys.first) + 1;
}

StatusOr<int64_t> SqliteDevices::Key(const std::string& device_id) {
  Statement find = database_.Prepare("SELECT key FROM device WHERE device_id = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.BindText(device_id).Step());
  if (!row) {
    return Error(StatusCode::kNotFound, Cat("store: device '", device_id, "' is not known"));
  }
  return find.Integer(0);
}

}  // namespace godwit::collector
