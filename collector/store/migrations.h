// How a store that an older version wrote becomes one of today's (schema.h).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/status.h"
#include "base/units.h"
#include "collector/store/schema.h"
#include "collector/store/sqlite.h"
#include "platform/file_system.h"

namespace godwit::collector {

// The oldest version that is read: godwit-collector 0.1 wrote it.
inline constexpr int64_t kSchemaVersionOldest = kSchemaMark + 6;

// Of the store's disk.
using FreeSpace = std::function<StatusOr<Space>()>;

// One step, from the version before it.
struct Migration {
  int64_t version = 0;               // of the store afterwards
  const char* statements = nullptr;  // these take no longer for more records
  // What the statements leave open about the records that are there: SqliteStore::FillIn does it in
  // the background. Null: nothing.
  const char* fill = nullptr;
  // Selects how many bytes of pages the statements change at most, besides kMigrationBytesMin.
  const char* bytes = nullptr;
};

// What the statements of a migration change whatever is in the store: its schema, and pages of new
// tables and indexes that are not full.
inline constexpr ByteCount kMigrationBytesMin = ByteCount{256} << 10;

// Ascending, without a hole, up to kSchemaVersion.
std::span<const Migration> Migrations();

// The version of the store, with kSchemaMark; 0: it is empty.
[[nodiscard]] StatusOr<int64_t> VersionOf(Database& database);

// OK for a store of this version. kFailedPrecondition for another one, with what to do.
[[nodiscard]] Status CheckVersion(Database& database);

// The disk space that migrating a store of version `from` takes at most. The changed pages are
// written to the write-ahead log, then into the file, and SQLite sorts the entries of a new index
// in a temporary file.
[[nodiscard]] StatusOr<ByteCount> MigrationRoom(Database& database, int64_t from);

// Brings a store of version `from` to kSchemaVersion in one transaction: it is of the one or of the
// other version. kFailedPrecondition: no migration starts at `from`. kResourceExhausted: the disk
// has less space than MigrationRoom; nothing was written. Null for `free_space`, and a disk that
// cannot be asked, count as enough space: then SQLite's own error says what is wrong.
[[nodiscard]] Status Migrate(Database& database, int64_t from, const FreeSpace& free_space);

}  // namespace godwit::collector
