#include "collector/store/write_call.h"

#include <cstdint>

#include "base/text.h"

namespace godwit::collector {
namespace {

constexpr size_t kBytesPerEntry = 64;  // of a range, a run, a span: what its containers take

size_t BytesOf(const DeviceReport& report) {
  size_t bytes = sizeof(DeviceReport) + report.disk.size() + report.wall_source.size();
  for (const EffectiveSetting& setting : report.settings) {
    bytes += kBytesPerEntry + setting.name.size() + setting.value.size() + setting.origin.size();
  }
  if (!report.sensors) return bytes;
  for (const SensorState& sensor : *report.sensors) {
    bytes += sizeof(SensorState) + sensor.name.size() + sensor.state.size() + sensor.error.size();
  }
  return bytes;
}

}  // namespace

void WriteCall::Notify(StoreObserver& observer) const {
  if (!traits_.identity_of.empty()) observer.OnIdentity(traits_.identity_of);
  if (!traits_.state_of.empty()) observer.OnState(traits_.state_of);
}

DeliveryCall::DeliveryCall(Delivery delivery, bool can_wait,
                           std::function<void(StatusOr<Outcome>)> done)
    : WriteCall({.bytes = BytesOf(delivery), .can_wait = can_wait, .state_of = delivery.device_id}),
      delivery_({std::move(delivery)}),
      done_(std::move(done)) {}

Status DeliveryCall::Run(Store& store, int64_t now_unix_ns) {
  const auto outcomes = store.Commit(delivery_, now_unix_ns);
  if (outcomes.ok()) {
    outcome_ = outcomes->front();
    return absl::OkStatus();
  }
  const Delivery& delivery = delivery_.front();
  std::string what = Cat("device ", delivery.device_id);
  if (const auto& record = delivery.record) {
    what += Cat(": record ", Hex(record->name.run), "/", record->name.seq);
  }
  outcome_ = Annotate(outcomes.status(), what);
  return outcome_->status();
}

void DeliveryCall::Finish(const Status& group) {
  done_(group.ok() ? *outcome_ : StatusOr<Outcome>(group));
}

void DeliveryCall::Refuse(const Status&) {
  done_(Outcome::kNoRoom);
}

void DeliveryCall::Count(CommitStatistics& commit, Statistics& statistics) const {
  if (!outcome_->ok()) return;
  if (const auto bound = BoundOf(**outcome_)) return statistics.NoteRefusal(TraitsOf(*bound).name);
  const auto& record = delivery_.front().record;
  if (!record) return;
  switch (**outcome_) {
    case Outcome::kCommitted:
      ++commit.records;
      commit.samples += record->samples;
      commit.batch_bytes += record->batch.size();
      break;
    case Outcome::kDuplicate:
      ++commit.duplicates;
      break;
    case Outcome::kConflict:
      statistics.NoteRefusal("conflict");
      break;
    case Outcome::kUnknownTable:
      statistics.NoteRefusal("unknown table");
      break;
    case Outcome::kMalformed:
      statistics.NoteRefusal("malformed");
      break;
    default:
      break;  // counted where it was found
  }
}

size_t BytesOf(const Delivery& delivery) {
  size_t bytes = sizeof(Delivery) + delivery.quarantined.size() * kBytesPerEntry;
  for (const IncomingTable& table : delivery.tables) bytes += table.encoded.size();
  if (delivery.record) {
    bytes += delivery.record->batch.size() + delivery.record->blocks.size() * sizeof(BlockSpan);
  }
  if (delivery.report) bytes += BytesOf(*delivery.report);
  return bytes;
}

size_t BytesOf(const SessionOpening& opening) {
  size_t entries = opening.table_ids.size() + opening.losses.size() + opening.quarantined.size();
  for (const HeldRun& run : opening.runs) entries += 1 + run.held.Ranges().size();
  const size_t report = opening.report ? BytesOf(*opening.report) : 0;
  return sizeof(SessionOpening) + entries * kBytesPerEntry + report;
}

}  // namespace godwit::collector
