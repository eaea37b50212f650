// The devices of the store, as they describe themselves.
#pragma once

#include <cstdint>
#include <string>

#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Writer-confined; each call is part of its caller's transaction.
class SqliteDevices {
 public:
  explicit SqliteDevices(Database& database) : database_(database) {}

  // Stores what the device says when it opens a session; returns its key. kResourceExhausted: it
  // would be one more than kDevicesMax.
  [[nodiscard]] StatusOr<int64_t> Put(const DeviceFacts& facts, int64_t now_unix_ns);
  // kNotFound.
  [[nodiscard]] StatusOr<int64_t> Key(const std::string& device_id);

 private:
  // Of a device that is not stored yet.
  StatusOr<int64_t> NewKey(const std::string& device_id);

  Database& database_;
};

}  // namespace godwit::collector
