#include "agent/spool/segment_writer.h"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

namespace godwit::agent {

StatusOr<std::unique_ptr<SegmentWriter>> SegmentWriter::Begin(std::unique_ptr<WritableFile> file,
                                                              const SegmentHeader& header,
                                                              const std::vector<PastRun>& past_runs,
                                                              const std::vector<Loss>& losses) {
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(std::move(file), header));
  // Twice: one flipped byte costs neither the device's name nor what came before.
  for (int copy = 0; copy < 2; ++copy) {
    writer->AddHeader();
    if (past_runs.empty()) continue;
    writer->AddEntry(
        {.type = EntryType::kPastRuns, .count = static_cast<uint8_t>(past_runs.size())},
        EncodePastRuns(past_runs));
  }
  for (const Loss& loss : losses) writer->AddLoss(loss);
  GODWIT_RETURN_IF_ERROR(writer->Commit());
  return writer;
}

SegmentWriter::SegmentWriter(std::unique_ptr<WritableFile> file, const SegmentHeader& header)
    : file_(std::move(file)),
      header_payload_(EncodeSegmentHeader(header)),
      seed_({header.run, header.first_seq}, header.device_id) {
  index_.header = header;
}

void SegmentWriter::AddHeader() {
  AddEntry({.type = EntryType::kHeader}, header_payload_);
}

void SegmentWriter::Add(const EntryHeader& header, std::string_view payload) {
  if (offset_ >= next_resync_) {
    next_resync_ = offset_ + kResyncBytes;
    AddHeader();
  }
  AddEntry(header, payload);
}

void SegmentWriter::AddLoss(const Loss& loss) {
  Add({.type = EntryType::kLoss}, EncodeLoss(loss));
}

void SegmentWriter::AddEntry(EntryHeader header, std::string_view payload) {
  const ByteCount at = offset_;
  const size_t before = pending_.size();
  EncodeEntry(seed_, at, header, payload, pending_);
  offset_ += pending_.size() - before;
  pending_index_.Note({{header, at}, payload});
}

void SegmentWriter::AddRecord(Seq seq, const NewRecord& record) {
  std::string payload;
  for (const SpoolTable& table : record.tables) {
    payload.append(table.id);
    if (HasTable(table.id)) continue;
    Add({.type = EntryType::kTable}, Cat(table.id, table.encoded));
  }
  payload.append(record.batch);
  Add({.type = EntryType::kRecord,
       .count = static_cast<uint8_t>(record.tables.size()),
       .seq = seq,
       .first_unix_ns = record.first_unix_ns,
       .last_unix_ns = record.last_unix_ns},
      payload);
}

Status SegmentWriter::Commit() {
  GODWIT_RETURN_IF_ERROR(file_->Append(pending_));
  GODWIT_RETURN_IF_ERROR(file_->Sync());
  pending_.clear();
  index_.tables.merge(pending_index_.tables);
  index_.records.merge(pending_index_.records);
  for (const Loss& loss : pending_index_.losses) index_.losses.push_back(loss);
  index_.ended = pending_index_.ended;
  pending_index_ = {};
  return absl::OkStatus();
}

}  // namespace godwit::agent
