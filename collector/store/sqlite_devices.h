// The devices of the store, as they describe themselves.
#pragma once

#include <cstdint>
#include <string>

#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// The devices. Writer-confined; each call is part of its caller's transaction.
class SqliteDevices {
 public:
  explicit SqliteDevices(Database& database) : database_(database) {}

  // Stores what the device reports when it opens a session, and returns its key.
  // kResourceExhausted: there are kDevicesMax other devices.
  [[nodiscard]] StatusOr<int64_t> Put(const DeviceFacts& facts, int64_t now_unix_ns);
  // Returns the key of a device; kNotFound.
  [[nodiscard]] StatusOr<int64_t> Key(const std::string& device_id);

 private:
  // Returns a key for a device that is not stored yet.
  StatusOr<int64_t> NewKey(const std::string& device_id);

  Database& database_;
};

}  // namespace godwit::collector
