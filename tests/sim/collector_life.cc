#include "tests/sim/collector_life.h"

namespace godwit::collector {

CollectorLife::CollectorLife(sim::SimScheduler& scheduler, const Clock& clock, Random& random,
                             std::unique_ptr<SqliteStore> store)
    : scheduler_(scheduler),
      clock_(clock),
      store_(std::move(store)),
      executor_(scheduler),
      writer_executor_(scheduler),
      decoders_{sim::SimExecutor(scheduler), sim::SimExecutor(scheduler)},
      writer_(*store_, writer_executor_, clock, statistics_),
      ingest_(writer_, store_->store_id(), statistics_,
              Ingest::Dependencies{clock, executor_, random, {&decoders_[0], &decoders_[1]}}),
      orders_(writer_, ingest_, Orders::Dependencies{executor_, random}) {
  writer_.Observe(directory_);
  writer_.GatherFor(absl::Milliseconds(2));
}

StatusOr<std::unique_ptr<CollectorLife>> CollectorLife::Start(sim::SimScheduler& scheduler,
                                                              const Clock& clock, Random& random) {
  GODWIT_ASSIGN_OR_RETURN(auto store, SqliteStore::Open(kStore, random));
  const auto health = store->health();
  std::unique_ptr<CollectorLife> life(
      new CollectorLife(scheduler, clock, random, std::move(store)));
  GODWIT_ASSIGN_OR_RETURN(life->reader_, SqliteReader::Open(kStore, health));
  GODWIT_ASSIGN_OR_RETURN(life->merge_source_, SqliteMergeSource::Open(kStore, health));
  return life;
}

CollectorLife::~CollectorLife() {
  for (const auto& listener : listeners_) {
    listener->sink->Cancel();
    listener->sink.reset();
  }
  RunBriefly();
}

}  // namespace godwit::collector
