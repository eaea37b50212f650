#include "agent/spool/segment_scan.h"

#include "base/text.h"

namespace godwit::agent {

StatusOr<SegmentScan> ScanSegment(FileSystem& files, const std::string& path) {
  GODWIT_ASSIGN_OR_RETURN(const auto file, files.Open(path));
  GODWIT_ASSIGN_OR_RETURN(const ByteCount size, file->Size());
  // A segment is at most kSegmentBytesMax and one record, so it is read whole.
  GODWIT_ASSIGN_OR_RETURN(const std::string bytes, file->ReadAt(0, size));
  const auto decoded =
      DecodeSegmentHeader(std::string_view(bytes).substr(0, kSegmentHeaderBytesMax));
  if (!decoded) {
    return Error(StatusCode::kDataLoss, Cat("segment ", path, ": no sound header"));
  }
  SegmentScan scan{.header = decoded->header, .file_bytes = bytes.size()};
  ByteCount offset = decoded->size;
  while (offset < bytes.size()) {
    const std::string_view rest = std::string_view(bytes).substr(offset);
    const auto header = DecodeEntryHeader(scan.header.run, offset, rest);
    if (header) {
      const std::string_view payload = rest.substr(kEntryHeaderBytes, header->payload_bytes);
      if (PayloadIsSound(scan.header.run, offset, *header, payload)) {
        scan.entries.push_back({*header, offset});
        offset += kEntryHeaderBytes + payload.size();
        continue;
      }
    }
    // Damage: on to the next place where an entry may begin.
    const size_t next = rest.find(kEntryMagic, 1);
    const ByteCount skipped = next == std::string_view::npos ? rest.size() : next;
    scan.damaged_bytes += skipped;
    offset += skipped;
  }
  return scan;
}

StatusOr<std::string> ReadPayload(const ReadableFile& file, RunId run, const EntryPlace& place) {
  GODWIT_ASSIGN_OR_RETURN(std::string payload, file.ReadAt(place.offset + kEntryHeaderBytes,
                                                           place.header.payload_bytes));
  if (!PayloadIsSound(run, place.offset, place.header, payload)) {
    return Error(StatusCode::kDataLoss, Cat("record ", Hex(run), "/", place.header.seq,
                                            ": its bytes have changed on the disk"));
  }
  return payload;
}

}  // namespace godwit::agent
