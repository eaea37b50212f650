#include "collector/fleet/queries.h"

#include <utility>

#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/store/boot_clock.h"

namespace godwit::collector {
namespace {

constexpr size_t kCandidatesNamed = 5;

bool InRange(int64_t time, const TimeRange& times) {
  return (times.since_unix_ns == 0 || time >= times.since_unix_ns) &&
         (times.until_unix_ns == 0 || time < times.until_unix_ns);
}

}  // namespace

StatusOr<DeviceRow> FindDevice(StoreReader& reader, const std::string& prefix) {
  GODWIT_ASSIGN_OR_RETURN(const auto devices, reader.Devices());
  std::vector<DeviceRow> found;
  std::vector<DeviceRow> exact;
  for (const DeviceRow& row : devices) {
    const DeviceFacts& facts = row.facts;
    if (facts.name == prefix || facts.device_id == prefix) exact.push_back(row);
    if (facts.name.starts_with(prefix) || facts.device_id.starts_with(prefix)) found.push_back(row);
  }
  if (exact.size() == 1) return exact.front();
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return Error(StatusCode::kNotFound,
                 Cat("no device's name or id begins with '", prefix, "'; see: godwit device ls"));
  }
  std::string names;
  for (size_t i = 0; i < found.size() && i < kCandidatesNamed; ++i) {
    if (i > 0) names += ", ";
    names += Cat(found[i].facts.name, " (", found[i].facts.device_id.substr(0, 12), ")");
  }
  if (found.size() > kCandidatesNamed) names += ", …";
  return Error(StatusCode::kInvalidArgument,
               Cat("'", prefix, "' fits ", found.size(), " devices: ", names));
}

StatusOr<const Table*> TableCache::Find(const TableId& id) {
  if (const auto found = tables_.find(id); found != tables_.end()) return &found->second;
  GODWIT_ASSIGN_OR_RETURN(const std::string encoded, reader_.Table(id));
  GODWIT_ASSIGN_OR_RETURN(Table table, DecodeTable(encoded));
  return &tables_.emplace(id, std::move(table)).first->second;
}

ExportQuery::ExportQuery(StoreReader& reader, const DeviceRow& device, std::string glob,
                         TimeRange times)
    : reader_(reader),
      device_(device.key),
      glob_(std::move(glob)),
      times_(times),
      tables_(reader),
      page_(device.facts.device_id) {}

StatusOr<std::optional<v1::SamplePage>> ExportQuery::NextPage() {
  while (!page_.full()) {
    if (!batch_) {
      GODWIT_ASSIGN_OR_RETURN(const bool loaded, LoadBatch());
      if (!loaded) break;
    }
    GODWIT_RETURN_IF_ERROR(AddBlock());
  }
  if (page_.empty()) return std::nullopt;
  return page_.Take();
}

StatusOr<bool> ExportQuery::LoadBatch() {
  GODWIT_ASSIGN_OR_RETURN(const auto stored, reader_.Next(device_, cursor_, times_));
  if (!stored) return false;
  cursor_ = stored->cursor;
  GODWIT_ASSIGN_OR_RETURN(batch_, DecodeBatch(stored->batch));
  shift_ns_ = stored->shift_ns;
  place_ = {};
  return true;
}

// Adds what the block in hand has until it ends or the page is full.
Status ExportQuery::AddBlock() {
  if (place_.block == batch_->blocks.size()) {
    batch_.reset();
    return absl::OkStatus();
  }
  const Block& block = batch_->blocks[place_.block];
  GODWIT_ASSIGN_OR_RETURN(const Table* const table, tables_.Find(block.table));
  GODWIT_RETURN_IF_ERROR(CheckBlock(block, *table));
  const std::vector<size_t>& columns = SelectedColumns(block.table, *table);
  for (; place_.tick < block.ticks.size(); ++place_.tick, place_.column = 0) {
    const int64_t time = AddSaturated(block.ticks[place_.tick].time_unix_ns, shift_ns_);
    if (!InRange(time, times_)) continue;
    for (; place_.column < columns.size(); ++place_.column) {
      if (page_.full()) return absl::OkStatus();
      const size_t column = columns[place_.column];
      const Value value = block.columns[column].At(place_.tick);
      if (std::holds_alternative<std::monostate>(value)) continue;
      page_.Add(table->series[column], time, value);
    }
  }
  place_ = {.block = place_.block + 1};
  return absl::OkStatus();
}

const std::vector<size_t>& ExportQuery::SelectedColumns(const TableId& id, const Table& table) {
  const auto [at, added] = selected_.try_emplace(id);
  if (added) {
    for (size_t i = 0; i < table.series.size(); ++i) {
      if (SeriesMatches(table.series[i], glob_)) at->second.push_back(i);
    }
  }
  return at->second;
}

LatestQuery::LatestQuery(StoreReader& reader, const DeviceRow& device, std::string glob)
    : reader_(reader), device_(device.key), glob_(std::move(glob)), page_(device.facts.device_id) {}

Status LatestQuery::Load() {
  TableCache tables(reader_);
  GODWIT_ASSIGN_OR_RETURN(const auto heads, reader_.Heads(device_));
  // Oldest first: a newer record's value takes the place of an older one's.
  for (const Head& head : heads) {
    GODWIT_ASSIGN_OR_RETURN(const Batch batch, DecodeBatch(head.batch));
    GODWIT_ASSIGN_OR_RETURN(const Table* const table, tables.Find(head.table));
    for (const Block& block : batch.blocks) {
      if (block.table != head.table) continue;
      GODWIT_RETURN_IF_ERROR(CheckBlock(block, *table));
      Keep(block, *table, head.shift_ns);
    }
  }
  return absl::OkStatus();
}

void LatestQuery::Keep(const Block& block, const Table& table, int64_t shift_ns) {
  for (size_t i = 0; i < table.series.size(); ++i) {
    if (!SeriesMatches(table.series[i], glob_)) continue;
    for (size_t tick = block.ticks.size(); tick-- > 0;) {
      Value value = block.columns[i].At(tick);
      if (std::holds_alternative<std::monostate>(value)) continue;
      newest_[table.series[i]] = {AddSaturated(block.ticks[tick].time_unix_ns, shift_ns),
                                  std::move(value)};
      break;
    }
  }
}

StatusOr<std::optional<v1::SamplePage>> LatestQuery::NextPage() {
  if (!std::exchange(loaded_, true)) GODWIT_RETURN_IF_ERROR(Load());
  while (!newest_.empty() && !page_.full()) {
    const auto first = newest_.begin();
    page_.Add(first->first, first->second.time_unix_ns, first->second.value);
    newest_.erase(first);
  }
  if (page_.empty()) return std::nullopt;
  return page_.Take();
}

}  // namespace godwit::collector
