// One start of a collector on simulated executors, over a real store on a StoreDisk, and the
// callers of its streams.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "collector/fleet/directory.h"
#include "collector/ingest/ingest.h"
#include "collector/orders/orders.h"
#include "collector/statistics.h"
#include "collector/store/sqlite_merge_source.h"
#include "collector/store/sqlite_reader.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/writer.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {

struct UploadCaller final : UploadPeer {
  void Next() override { wants_next = true; }
  void Finish(const CallEnd& end, const v1::UploadMetricsResponse& reply) override {
    ended = end.status;
    response = reply;
  }
  bool wants_next = false;
  std::optional<Status> ended;
  v1::UploadMetricsResponse response;
};

struct CommandListener final : CommandPeer {
  void Send(const v1::ReceiveCommandsResponse&) override { ++sent; }
  void Finish(const CallEnd&) override { ended = true; }
  int sent = 0;
  bool ended = false;
  std::unique_ptr<CommandSink> sink;
};

class CollectorLife {
 public:
  static constexpr char kStore[] = "/store/godwit.db";

  // A StoreDisk lives; it and the arguments outlive the life. Errors are the store's.
  static StatusOr<std::unique_ptr<CollectorLife>> Start(sim::SimScheduler& scheduler,
                                                        const Clock& clock, Random& random);
  // Ends the command streams.
  ~CollectorLife();

  // Lets all that was asked for happen.
  void RunBriefly() { scheduler_.RunFor(absl::Milliseconds(10)); }
  void Keep(std::unique_ptr<CommandListener> listener) {
    listeners_.push_back(std::move(listener));
  }

  Ingest& ingest() { return ingest_; }
  Orders& orders() { return orders_; }
  SqliteStore& store() { return *store_; }
  SqliteReader& reader() { return *reader_; }
  SqliteMergeSource& merge_source() { return *merge_source_; }
  Directory& directory() { return directory_; }
  Statistics& statistics() { return statistics_; }
  const Clock& clock() const { return clock_; }
  sim::SimExecutor& writer_executor() { return writer_executor_; }

 private:
  CollectorLife(sim::SimScheduler& scheduler, const Clock& clock, Random& random,
                std::unique_ptr<SqliteStore> store);

  sim::SimScheduler& scheduler_;
  const Clock& clock_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<SqliteReader> reader_;
  std::unique_ptr<SqliteMergeSource> merge_source_;
  Statistics statistics_;
  Directory directory_;
  sim::SimExecutor executor_;
  sim::SimExecutor writer_executor_;
  sim::SimExecutor decoders_[2];
  Writer writer_;
  Ingest ingest_;
  Orders orders_;
  std::vector<std::unique_ptr<CommandListener>> listeners_;
};

}  // namespace godwit::collector
