#include "collector/fleet/export_query.h"

#include <cstdint>
#include <utility>

namespace godwit::collector {

ExportQuery::ExportQuery(StoreReader& reader, const DeviceName& device, std::string glob,
                         TimeRange times)
    : reader_(reader),
      device_(device.key),
      times_(times),
      selection_(reader, std::move(glob)),
      page_(device.id, selection_) {}

Status ExportQuery::CountRecords() {
  GODWIT_ASSIGN_OR_RETURN(const auto runs, reader_.Runs(device_));
  for (const RunRow& run : runs) {
    GODWIT_ASSIGN_OR_RETURN(const RunExtent extent, reader_.Extent(run.key));
    records_ += extent.records;
  }
  return absl::OkStatus();
}

double ExportQuery::Part() const {
  return records_ == 0 ? 0 : static_cast<double>(records_exported_) / static_cast<double>(records_);
}

StatusOr<std::optional<v1::SamplePage>> ExportQuery::NextPage(const Turn& turn) {
  if (!std::exchange(counted_, true)) GODWIT_RETURN_IF_ERROR(CountRecords());
  while (!page_.full()) {
    if (!piece_) {
      GODWIT_ASSIGN_OR_RETURN(const bool loaded, LoadPiece(turn));
      if (!loaded) break;
    }
    AddPiece();
  }
  if (page_.empty()) return std::nullopt;
  v1::SamplePage page = page_.Take();
  page.set_part(Part());
  return page;
}

StatusOr<bool> ExportQuery::LoadPiece(const Turn& turn) {
  tick_ = column_ = 0;
  while (!turn.over()) {
    if (record_) {
      GODWIT_ASSIGN_OR_RETURN(piece_, record_->Next());
      if (piece_) return true;
      record_.reset();
    }
    GODWIT_ASSIGN_OR_RETURN(auto stored, reader_.Next(device_, cursor_, times_));
    if (!stored) return false;
    cursor_ = stored->cursor;
    records_exported_ += stored->cursor.seq - stored->first_seq + 1;
    record_.emplace(reader_, selection_, *std::move(stored));
  }
  return false;
}

void ExportQuery::AddPiece() {
  for (; tick_ < piece_->ticks.size(); ++tick_, column_ = 0) {
    const int64_t time = piece_->ticks[tick_].time_unix_ns;
    if (!times_.Contains(time)) continue;
    for (; column_ < piece_->columns.size(); ++column_) {
      if (page_.full()) return;
      const Piece::Selected& selected = piece_->columns[column_];
      page_.Add(selected.series, time, selected.column.At(tick_));
    }
  }
  piece_.reset();
}

}  // namespace godwit::collector
