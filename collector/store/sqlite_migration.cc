// How a store of an older version becomes one of today's: in one transaction, so that it is one or
// the other.
#include "base/log.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/store/schema.h"
#include "collector/store/sqlite_store.h"

namespace godwit::collector {

std::string OtherVersion(int64_t found) {
  if (found <= kSchemaVersion || found > kSchemaVersionOldest + 0xffff) {
    return Cat("store: this is not a store of godwit-collector (user_version ", found, ")");
  }
  return Cat("store: a newer collector has written it (store version ",
             found - kSchemaVersionOldest, ", this one writes ",
             kSchemaVersion - kSchemaVersionOldest,
             "): install that collector again, or put a backup of an older store in its place");
}

Status SqliteStore::Migrate(int64_t from) {
  LogInfo("store: it is of an older version, and is brought up to date");
  Transaction transaction(*database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  if (from == kSchemaVersionOldest) {
    GODWIT_RETURN_IF_ERROR(database_->Execute(kSchemaFrom0To1));
  }
  const bool before_2 = from <= kSchemaVersionOldest + 1;
  if (before_2) {
    GODWIT_RETURN_IF_ERROR(database_->Execute(kSchemaFrom1To2));
    GODWIT_RETURN_IF_ERROR(database_->Execute(kSchemaSince2));
  }
  if (from <= kSchemaVersionOldest + 2) {
    GODWIT_RETURN_IF_ERROR(database_->Execute(kSchemaFrom2To3));
    GODWIT_RETURN_IF_ERROR(database_->Execute(kSchemaSince3));
  }
  if (from <= kSchemaVersionOldest + 3) {
    GODWIT_RETURN_IF_ERROR(database_->Execute(kSchemaSince4));
  }
  if (from <= kSchemaVersionOldest + 4) {
    GODWIT_RETURN_IF_ERROR(database_->Execute(kSchemaSince5));
  }
  if (from <= kSchemaVersionOldest + 5) {
    GODWIT_RETURN_IF_ERROR(database_->Execute(kSchemaSince6));
  }
  if (from <= kSchemaVersionOldest + 6) {
    GODWIT_RETURN_IF_ERROR(database_->Execute(kSchemaSince7));
  }
  GODWIT_RETURN_IF_ERROR(database_->Execute(kSchemaSince8));
  // By code of today, when all of its columns are there.
  if (before_2) GODWIT_RETURN_IF_ERROR(FillInFromBatches());
  if (from <= kSchemaVersionOldest + 2) GODWIT_RETURN_IF_ERROR(database_->Execute(kFillIn3));
  GODWIT_RETURN_IF_ERROR(database_->Execute(Cat("PRAGMA user_version=", kSchemaVersion).c_str()));
  return transaction.Commit();
}

// What version 2 keeps beside a batch, from the batch.
Status SqliteStore::FillInFromBatches() {
  int64_t after = 0;
  while (true) {
    int64_t device = 0;
    std::string bytes;
    {
      Statement next = database_->Prepare(
          "SELECT record.key, run.device, batch FROM record JOIN run ON run.key = record.run"
          " WHERE record.key > ? ORDER BY record.key LIMIT 1");
      GODWIT_ASSIGN_OR_RETURN(const bool row, next.Bind(after).Step());
      if (!row) return absl::OkStatus();
      after = next.Integer(0);
      device = next.Integer(1);
      bytes = next.Bytes(2);
    }
    const auto batch = DecodeBatch(bytes);
    if (!batch.ok()) {
      LogError(Cat("store: record ", after, " cannot be read: ", Message(batch.status())));
      continue;
    }
    const IncomingRecord record{
        .blocks = SpansOf(*batch),
        .clock = {batch->boot_id, batch->wall_offset_ns, batch->wall_synchronised}};
    GODWIT_ASSIGN_OR_RETURN(Boot boot, PutBoot(device, record.clock.boot_id));
    if (boot.clock.Learn(record.clock)) GODWIT_RETURN_IF_ERROR(Relearn(boot));
    GODWIT_RETURN_IF_ERROR(
        database_
            ->Prepare("UPDATE record SET boot = ?, wall_offset_ns = ?, synchronised = ?"
                      " WHERE key = ?")
            .Bind(boot.key)
            .Bind(record.clock.wall_offset_ns)
            .Bind(record.clock.synchronised)
            .Bind(after)
            .Run());
    GODWIT_RETURN_IF_ERROR(PutBlocks(record.blocks, after));
  }
}

}  // namespace godwit::collector
