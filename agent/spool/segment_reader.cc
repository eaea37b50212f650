#include "agent/spool/segment_reader.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace godwit::agent {
namespace {

// A look at the first entries costs one block; a whole segment is read in larger pieces.
constexpr size_t kFirstRead = 4 << 10;
constexpr size_t kLaterReads = 64 << 10;

}  // namespace

StatusOr<std::string_view> SegmentReader::Window(size_t count) {
  const ByteCount end = buffer_offset_ + buffer_.size();
  if (end < offset_ + count) {
    const size_t wanted = offset_ == 0 ? kFirstRead : kLaterReads;
    buffer_.erase(0, offset_ - buffer_offset_);
    buffer_offset_ = offset_;
    GODWIT_ASSIGN_OR_RETURN(const std::string more,
                            file_.ReadAt(end, std::max(wanted, count) - buffer_.size()));
    buffer_.append(more);
  }
  return std::string_view(buffer_).substr(offset_ - buffer_offset_);
}

StatusOr<std::optional<SegmentReader::Entry>> SegmentReader::Next() {
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(std::string_view bytes, Window(kEntryHeaderBytes));
    if (bytes.empty()) return std::optional<Entry>();
    if (const auto header = DecodeEntryHeader(seed_, offset_, bytes)) {
      last_seq_ = std::max(last_seq_, header->seq);
      GODWIT_ASSIGN_OR_RETURN(bytes, Window(kEntryHeaderBytes + header->payload_bytes));
      const std::string_view payload = bytes.substr(kEntryHeaderBytes, header->payload_bytes);
      if (PayloadIsSound(seed_, offset_, *header, payload)) {
        const Entry entry{{*header, offset_}, payload};
        offset_ += kEntryHeaderBytes + payload.size();
        return std::optional<Entry>(entry);
      }
    }
    GODWIT_RETURN_IF_ERROR(SkipDamage());
  }
}

Status SegmentReader::SkipDamage() {
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const std::string_view bytes, Window(kEntryHeaderBytes));
    const size_t magic = bytes.find(kEntryMagic, 1);
    const bool at_end = bytes.size() < kEntryHeaderBytes;
    size_t skipped = magic;
    if (magic == std::string_view::npos) {
      // The magic may begin in the last bytes of the window.
      skipped = at_end ? bytes.size() : bytes.size() - kEntryMagic.size() + 1;
    }
    damaged_bytes_ += skipped;
    offset_ += skipped;
    if (magic != std::string_view::npos || at_end) return absl::OkStatus();
  }
}

StatusOr<std::string> ReadPayload(const ReadableFile& file, const SegmentSeed& seed,
                                  const EntryPlace& place) {
  GODWIT_ASSIGN_OR_RETURN(std::string payload, file.ReadAt(place.offset + kEntryHeaderBytes,
                                                           place.header.payload_bytes));
  if (!PayloadIsSound(seed, place.offset, place.header, payload)) {
    return Error(StatusCode::kDataLoss, "its bytes have changed on the disk");
  }
  return payload;
}

}  // namespace godwit::agent
