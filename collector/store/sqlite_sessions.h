// Sessions of devices, in the store.
#pragma once

#include <cstdint>
#include <map>

#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"
#include "collector/store/sqlite_runs.h"

namespace godwit::collector {

// Writer-confined; each call is part of its caller's transaction.
class SqliteSessions {
 public:
  explicit SqliteSessions(Database& database) : database_(database) {}

  // Does what RecordStore::OpenSession does.
  [[nodiscard]] StatusOr<SessionAnswer> Open(const SessionOpening& opening);

 private:
  // The records that the device still holds of each run that it names.
  using HeldByRun = std::map<RunId, const SeqSet*>;
  Status ReconcileAll(int64_t device, const SessionOpening& opening, SessionAnswer& answer);
  StatusOr<HeldByRun> NoteRuns(int64_t device, const SessionOpening& opening);
  StatusOr<StoredRun> Reconcile(int64_t device, const HeldRun& reported, const HeldByRun& held,
                                const SessionOpening& opening);

  Database& database_;
};

}  // namespace godwit::collector
