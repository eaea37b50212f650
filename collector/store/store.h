// The store port: everything committed, settled and known. Real over SQLite (store/sqlite_store.h
// and store/sqlite_reader.h), simulated in tests/sim. It is the sum of ports by role: code that
// needs one of them takes that one.
//
// The effect of a function is durable when it returns, and all or nothing; within Write, when Write
// returns. It reads in the transaction in which it writes.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "collector/store/order_stores.h"
#include "collector/store/record_readers.h"
#include "collector/store/record_store.h"

namespace godwit::collector {

class Store;

// An operation of one caller: one call of the store's functions. A status that is not OK undoes
// what the call did.
using StoreOperation = std::function<Status(Store&)>;

// Writer-confined.
class Store : public RecordStore,
              public CommandStore,
              public RevisionStore,
              public LabelStore,
              public AlertStore {
 public:
  // Returns the store's id: 16 random bytes, made with the store.
  virtual std::string store_id() const = 0;

  // Runs the operations in their order in one transaction, each in a savepoint of its own, and
  // returns the status of each. An error: nothing of any of them is stored.
  [[nodiscard]] virtual StatusOr<std::vector<Status>> Write(
      const std::vector<StoreOperation>& operations) = 0;
};

// Query-confined.
class StoreReader : public DeviceReader,
                    public RecordReader,
                    public SeriesReader,
                    public CommandReader,
                    public RevisionReader,
                    public LabelReader {
 public:
  // Returns whether the caller of the question under way has gone. Called on the query's thread.
  using Abandoned = std::function<bool()>;

  // Ends the call that runs, with kCancelled, as soon as `abandoned` returns true: it is called
  // some thousand times a second while a call runs. Null ends the watch. Use ReadWatch.
  virtual void Watch(Abandoned abandoned) = 0;
};

// Watches the calls of a reader while it lives. One at a time for each reader, which outlives it.
// Confined to the thread of its reader.
class ReadWatch {
 public:
  ReadWatch(StoreReader& reader, StoreReader::Abandoned abandoned) : reader_(reader) {
    reader_.Watch(std::move(abandoned));
  }
  ReadWatch(const ReadWatch&) = delete;
  ReadWatch& operator=(const ReadWatch&) = delete;
  ~ReadWatch() { reader_.Watch(nullptr); }

 private:
  StoreReader& reader_;
};

}  // namespace godwit::collector
