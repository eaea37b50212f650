#include "collector/fleet/latest_query.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>

#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/limits.h"
#include "collector/store/boot_clock.h"

namespace godwit::collector {
namespace {

// All of the selection by name; the last is the first.
std::vector<uint32_t> ByNameDescending(const Selection& selection) {
  std::vector<uint32_t> numbers(selection.size());
  for (uint32_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
  std::sort(numbers.begin(), numbers.end(),
            [&](uint32_t a, uint32_t b) { return selection.SeriesAt(b) < selection.SeriesAt(a); });
  return numbers;
}

Status KeepNewest(const Block& block, int64_t shift_ns, Selection& selection,
                  std::map<uint32_t, Newest>& newest) {
  GODWIT_ASSIGN_OR_RETURN(const Table* const table, selection.TableOf(block.table));
  GODWIT_RETURN_IF_ERROR(CheckBlock(block, *table));
  GODWIT_ASSIGN_OR_RETURN(const auto* columns, selection.ColumnsOf(block.table));
  for (const Selection::Column& selected : *columns) {
    for (size_t tick = block.ticks.size(); tick-- > 0;) {
      Value value = block.columns[selected.column].At(tick);
      if (std::holds_alternative<std::monostate>(value)) continue;
      newest[selected.series] = {AddSaturated(block.ticks[tick].time_unix_ns, shift_ns),
                                 block.interval_ns, std::move(value)};
      break;
    }
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<bool> NewestLoader::Load(int64_t device, const Turn& turn) {
  if (!started_) {
    GODWIT_ASSIGN_OR_RETURN(tables_, reader_.Tables(device));
    GODWIT_ASSIGN_OR_RETURN(heads_, reader_.Heads(device));
    // Oldest first: a newer record's value takes the place of an older one's.
    std::reverse(heads_.begin(), heads_.end());
    started_ = true;
  }
  for (; !tables_.empty(); tables_.pop_back()) {
    if (turn.over()) return false;
    GODWIT_RETURN_IF_ERROR(selection_.ColumnsOf(tables_.back()).status());
  }
  for (; !heads_.empty(); heads_.pop_back()) {
    if (turn.over()) return false;
    const Head& head = heads_.back();
    GODWIT_ASSIGN_OR_RETURN(const auto* columns, selection_.ColumnsOf(head.table));
    if (columns->empty()) continue;
    GODWIT_ASSIGN_OR_RETURN(const Batch batch, DecodeBatch(head.batch));
    for (const Block& block : batch.blocks) {
      if (block.table != head.table) continue;
      GODWIT_RETURN_IF_ERROR(KeepNewest(block, head.shift_ns, selection_, values_));
    }
  }
  return true;
}

Status CheckSelects(const Selection& selection, const DeviceName& device, const std::string& glob) {
  if (selection.size() > 0) return absl::OkStatus();
  return Error(StatusCode::kNotFound,
               Cat("no series of ", device.name, glob.empty() ? "" : " matches '", glob,
                   glob.empty() ? "" : "'", "; see: godwit series ls -d ", device.name));
}

LatestQuery::LatestQuery(StoreReader& reader, const DeviceName& device, std::string glob)
    : device_(device),
      glob_(std::move(glob)),
      selection_(reader, glob_),
      page_(device.id, selection_),
      newest_(reader, selection_) {}

StatusOr<std::optional<v1::SamplePage>> LatestQuery::NextPage(const Turn& turn) {
  if (!loaded_) {
    GODWIT_ASSIGN_OR_RETURN(loaded_, newest_.Load(device_.key, turn));
    if (!loaded_) return std::nullopt;
    if (!glob_.empty()) GODWIT_RETURN_IF_ERROR(CheckSelects(selection_, device_, glob_));
    left_ = ByNameDescending(selection_);
  }
  for (; !left_.empty() && !page_.full(); left_.pop_back()) {
    const auto found = newest_.values().find(left_.back());
    if (found == newest_.values().end()) continue;
    page_.Add(found->first, found->second.time_unix_ns, found->second.value);
  }
  if (page_.empty()) return std::nullopt;
  return page_.Take();
}

SeriesQuery::SeriesQuery(StoreReader& reader, const DeviceName& device, std::string glob)
    : device_(device),
      glob_(std::move(glob)),
      selection_(reader, glob_),
      newest_(reader, selection_) {}

StatusOr<std::optional<v1::ListSeriesResponse>> SeriesQuery::NextPage(const Turn& turn) {
  if (!loaded_) {
    GODWIT_ASSIGN_OR_RETURN(loaded_, newest_.Load(device_.key, turn));
    if (!loaded_) return std::nullopt;
    if (!glob_.empty()) GODWIT_RETURN_IF_ERROR(CheckSelects(selection_, device_, glob_));
    left_ = ByNameDescending(selection_);
  }
  if (left_.empty()) return std::nullopt;
  v1::ListSeriesResponse page;
  for (size_t i = 0; i < kSeriesPerPage && !left_.empty(); ++i, left_.pop_back()) {
    v1::ListedSeries& listed = *page.add_series();
    listed.mutable_series()->set_number(left_.back());
    Describe(selection_.SeriesAt(left_.back()), *listed.mutable_series());
    const auto found = newest_.values().find(left_.back());
    if (found == newest_.values().end()) continue;
    listed.set_interval_ns(found->second.interval_ns);
    listed.set_newest_unix_ns(found->second.time_unix_ns);
  }
  return page;
}

}  // namespace godwit::collector
