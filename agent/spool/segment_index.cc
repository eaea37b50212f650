#include "agent/spool/segment_index.h"

#include <utility>

namespace godwit::agent {
namespace {

StatusOr<SegmentIndex> Read(const ReadableFile& file, const SegmentName& name,
                            const std::string& own_device, bool opening_only) {
  GODWIT_ASSIGN_OR_RETURN(const auto header, ReadHeader(file, name));
  SegmentReader reader(file, name, header ? header->device_id : own_device);
  SegmentIndex index{.header = header};
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const auto entry, reader.Next());
    if (!entry) break;
    const EntryType type = entry->place.header.type;
    if (opening_only && (type == EntryType::kTable || type == EntryType::kRecord)) break;
    index.Note(*entry);
  }
  index.last_seq = reader.last_seq();
  index.damaged_bytes = reader.damaged_bytes();
  return index;
}

}  // namespace

void SegmentIndex::Note(const SegmentReader::Entry& entry) {
  const EntryHeader& entry_header = entry.place.header;
  ended = entry_header.type == EntryType::kEnd;
  switch (entry_header.type) {
    case EntryType::kHeader:
      if (!header) header = DecodeSegmentHeader(entry.payload);
      break;
    case EntryType::kTable:
      tables.emplace(entry.payload.substr(0, kTableIdSize), entry.place);
      break;
    case EntryType::kRecord:
      records.emplace(entry_header.seq, entry.place);
      break;
    case EntryType::kPastRuns:
      if (auto runs = DecodePastRuns(entry.payload)) past_runs = *std::move(runs);
      break;
    case EntryType::kLoss:
      if (const auto loss = DecodeLoss(entry.payload)) losses.push_back(*loss);
      break;
    default:
      break;
  }
}

StatusOr<std::optional<SegmentHeader>> ReadHeader(const ReadableFile& file,
                                                  const SegmentName& name) {
  SegmentReader reader(file, name, {});
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const auto entry, reader.Next());
    if (!entry) return std::optional<SegmentHeader>();
    if (entry->place.header.type != EntryType::kHeader) continue;
    const auto header = DecodeSegmentHeader(entry->payload);
    if (header && header->run == name.run && header->first_seq == name.first_seq) return header;
  }
}

StatusOr<SegmentIndex> ReadOpening(const ReadableFile& file, const SegmentName& name,
                                   const std::string& own_device) {
  return Read(file, name, own_device, true);
}

StatusOr<NewRecord> ReadRecord(const ReadableFile& file, const SegmentSeed& seed,
                               const SegmentIndex& index, Seq seq) {
  const auto place = index.records.find(seq);
  if (place == index.records.end()) {
    return Error(StatusCode::kNotFound, "the segment has no such record");
  }
  GODWIT_ASSIGN_OR_RETURN(const std::string payload, ReadPayload(file, seed, place->second));
  const EntryHeader& header = place->second.header;
  NewRecord record{.first_unix_ns = header.first_unix_ns, .last_unix_ns = header.last_unix_ns};
  for (size_t i = 0; i < header.count; ++i) {
    const TableId id = payload.substr(i * kTableIdSize, kTableIdSize);
    const auto table = index.tables.find(id);
    if (table == index.tables.end()) {
      return Error(StatusCode::kDataLoss, "a table of the record is damaged");
    }
    GODWIT_ASSIGN_OR_RETURN(const std::string entry, ReadPayload(file, seed, table->second));
    record.tables.push_back({id, entry.substr(kTableIdSize)});
  }
  record.batch = payload.substr(header.count * kTableIdSize);
  return record;
}

StatusOr<SegmentIndex> ReadIndex(const ReadableFile& file, const SegmentName& name,
                                 const std::string& own_device) {
  return Read(file, name, own_device, false);
}

}  // namespace godwit::agent
