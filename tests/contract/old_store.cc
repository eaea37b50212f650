#include "tests/contract/old_store.h"

#include <fstream>
#include <sstream>

#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/store/schema.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::string Golden(int version) {
  std::ifstream file(Cat(GODWIT_SOURCE_DIR "/tests/golden/store-", version, ".sql"));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A query of the numbers from 1 to `count`, as n.
std::string Numbers(int count) {
  return Cat(
      "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ",
      count, ")");
}

}  // namespace

std::string OldBatch() {
  Block block{.table = TableId(kTableIdSize, 't'), .interval_ns = kSecond};
  block.columns.resize(1);
  for (const int64_t second : {10, 11, 14}) {
    block.ticks.push_back({second * kSecond, 0});
    block.columns[0].Append(second);
  }
  return *EncodeBatch({.boot_id = BootId(kBootIdSize, 'b'),
                       .wall_offset_ns = 4 * kSecond,
                       .wall_synchronised = true,
                       .blocks = {block}});
}

Status MakeOldStore(const std::string& file, int version) {
  GODWIT_ASSIGN_OR_RETURN(const auto database, Database::Open(file, Database::Mode::kReadWrite));
  GODWIT_RETURN_IF_ERROR(database->Execute(Golden(version).c_str()));
  const std::string table = Hex(TableId(kTableIdSize, 't'));
  const std::string boot = Hex(BootId(kBootIdSize, 'b'));
  const std::string sql = Cat(
      "INSERT INTO meta VALUES (x'", Hex(BootId(16, 's')), "');",
      "INSERT INTO device (key, device_id, name, boot_id, agent_version, wall_synchronised,",
      " last_seen_unix_ns, records, samples, duplicates, span_ns_max)",
      " VALUES (1, 'dev', 'name', x'", boot, "', '1', 1, 5, 1, 3, 0, 4000000000);",
      "INSERT INTO series_table VALUES (x'", table, "', 1, x'00');",
      "INSERT INTO device_table VALUES (1, x'", table, "');",
      "INSERT INTO run VALUES (1, 1, 7, 0, 1, 0, 4);", "INSERT INTO boot VALUES (1, 1, x'", boot,
      "', 4000000000, 0, NULL);",
      "INSERT INTO record (device, last_seq, waits_since_unix_ns, key, run, seq, checksum,",
      " first_unix_ns, last_unix_ns, boot, wall_offset_ns, synchronised, shift_ns, age_unix_ns,",
      " batch) VALUES (1, 1, 14000000000, 1, 1, 1, 99, 10000000000, 14000000000, 1, 4000000000, 1,",
      " 0, 14000000000, x'", Hex(OldBatch()), "');",
      "INSERT INTO block (record, number, table_id, columns, interval_ns, ticks, first_unix_ns,",
      " last_unix_ns, missing) VALUES (1, 0, x'", table,
      "', 1, 1000000000, 3, 10000000000, 14000000000, 2);", "INSERT INTO settled VALUES (1, 1, 1);",
      "PRAGMA user_version=", kSchemaMark + version);
  return database->Execute(sql.c_str());
}

Status AddOldRecords(Database& database, int count, int bytes) {
  const std::string sql = Cat(
      Numbers(count), " INSERT INTO record (device, run, seq, last_seq, checksum, first_unix_ns,",
      " last_unix_ns, boot, wall_offset_ns, synchronised, shift_ns, age_unix_ns, batch)",
      " SELECT 1, 1, n + 1, n + 1, n, n, n, 1, 0, 1, 0, n, zeroblob(", bytes, ") FROM numbers;",
      "INSERT INTO settled VALUES (1, 2, ", count + 1, ")");
  return database.Execute(sql.c_str());
}

Status AddOldOffers(Database& database, int count, int bytes) {
  const std::string sql =
      Cat(Numbers(count), " INSERT INTO offer (offer_id, device, revision, issuer, message,",
          " issued_unix_ns) SELECT randomblob(16), 1, x'', 'anna', hex(randomblob(", bytes / 2,
          ")), n FROM numbers");
  return database.Execute(sql.c_str());
}

}  // namespace godwit::collector
