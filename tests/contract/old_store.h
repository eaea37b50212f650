// Stores as older versions made them (tests/golden/store-*.sql).
#pragma once

#include <string>

#include "codec/table.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Makes `file` a store of that version (6 or 7) with one device, "dev", whose run 7 has one record:
// OldBatch under seq 1, of checksum 99.
[[nodiscard]] Status MakeOldStore(const std::string& file, int version);

// Ticks at 10, 11 and 14 s of a clock that is 4 s ahead of the boot clock.
std::string OldBatch();

// Adds `count` records of `bytes` each to that run, behind its record.
[[nodiscard]] Status AddOldRecords(Database& database, int count, int bytes);

// Adds `count` offers of the device's own files, of a message of `bytes` each.
[[nodiscard]] Status AddOldOffers(Database& database, int count, int bytes);

}  // namespace godwit::collector
