// Migrates a store of an older version to the current one (schema.h).
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

// The oldest version that can be read: that of godwit-collector 0.1.
inline constexpr int64_t kSchemaVersionOldest = kSchemaMark + 6;

// Returns the free space of the store's disk.
using FreeSpace = std::function<StatusOr<Space>()>;

// A step from the previous version.
struct Migration {
  int64_t version = 0;               // of the store afterwards
  const char* statements = nullptr;  // these take no longer for more records
  // The work on existing records that the statements leave open: SqliteStore::FillIn does it in the
  // background. Null: none.
  const char* fill = nullptr;
  // A query for the most bytes of pages that the statements change, besides kMigrationBytesMin.
  const char* bytes = nullptr;
};

// The bytes that a migration changes in any store: its schema, and pages of new tables and indexes
// that are not full.
inline constexpr ByteCount kMigrationBytesMin = ByteCount{256} << 10;

// Returns the migrations, ascending, without a hole, up to kSchemaVersion.
std::span<const Migration> Migrations();

// Returns the version of the store, with kSchemaMark; 0: it is empty.
[[nodiscard]] StatusOr<int64_t> VersionOf(Database& database);

// Returns OK for a store of this version. kFailedPrecondition: another one; the message says what
// to do.
[[nodiscard]] Status CheckVersion(Database& database);

// Returns the most disk space that migrating a store of version `from` takes. The changed pages are
// written to the write-ahead log, then into the file, and SQLite sorts the entries of a new index
// in a temporary file.
[[nodiscard]] StatusOr<ByteCount> MigrationRoom(Database& database, int64_t from);

// Brings a store of version `from` to kSchemaVersion in one transaction: it is of the one or of the
// other version. kFailedPrecondition: no migration starts at `from`. kResourceExhausted: the disk
// has less space than MigrationRoom; nothing was written. Null for `free_space`, and a disk that
// cannot be asked, count as enough space: then SQLite's own error says what is wrong.
[[nodiscard]] Status Migrate(Database& database, int64_t from, const FreeSpace& free_space);

}  // namespace godwit::collector
