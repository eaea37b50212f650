#include "collector/fleet/tail_query.h"

#include <cstdint>
#include <utility>

namespace godwit::collector {

TailQuery::TailQuery(StoreReader& reader, const DeviceName& device, std::string glob)
    : reader_(reader),
      device_(device),
      glob_(std::move(glob)),
      selection_(reader, glob_),
      page_(device.id, selection_),
      newest_(reader, selection_) {}

StatusOr<bool> TailQuery::Begin(const Turn& turn) {
  if (!after_) {
    GODWIT_ASSIGN_OR_RETURN(after_, reader_.LastCommitted());
  }
  GODWIT_ASSIGN_OR_RETURN(const bool loaded, newest_.Load(device_.key, turn));
  if (!loaded) return false;
  GODWIT_ASSIGN_OR_RETURN(const auto tables, reader_.Tables(device_.key));
  // A device that has sent nothing yet may still bring what fits.
  if (!tables.empty()) GODWIT_RETURN_IF_ERROR(CheckSelects(selection_, device_, glob_));
  return true;
}

StatusOr<std::optional<v1::SamplePage>> TailQuery::NextPage(const Turn& turn) {
  if (!started_) {
    GODWIT_ASSIGN_OR_RETURN(started_, Begin(turn));
    if (!started_) return std::nullopt;
  }
  while (!page_.full() && !turn.over()) {
    if (!piece_) {
      if (record_) {
        GODWIT_ASSIGN_OR_RETURN(piece_, record_->Next());
        tick_ = 0;
        if (!piece_) record_.reset();
        continue;
      }
      GODWIT_ASSIGN_OR_RETURN(const uint64_t last, reader_.LastCommitted());
      GODWIT_ASSIGN_OR_RETURN(auto next, reader_.NextCommitted(device_.key, *after_));
      if (!next) {
        after_ = last;
        break;
      }
      after_ = next->commit_number;
      record_.emplace(reader_, selection_, std::move(next->record));
      continue;
    }
    for (; tick_ < piece_->ticks.size() && !page_.full(); ++tick_) {
      for (const Piece::Selected& selected : piece_->columns) {
        page_.Add(selected.series, piece_->ticks[tick_].time_unix_ns, selected.column.At(tick_));
      }
    }
    if (tick_ == piece_->ticks.size()) piece_.reset();
  }
  if (page_.empty()) return std::nullopt;
  return page_.Take();
}

}  // namespace godwit::collector
