#include "agent/control/numbered_files.h"

#include <charconv>
#include <system_error>

#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr size_t kDigits = 16;  // Hex of a number

}  // namespace

std::optional<uint64_t> NumberedFiles::NumberOf(std::string_view file_name) const {
  if (!file_name.ends_with(suffix_) || file_name.size() != kDigits + suffix_.size()) {
    return std::nullopt;
  }
  uint64_t number = 0;
  const char* const end = file_name.data() + kDigits;
  const auto parsed = std::from_chars(file_name.data(), end, number, 16);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return number;
}

std::string NumberedFiles::PathOf(uint64_t number) const {
  return Cat(directory_, "/", Hex(number), suffix_);
}

Status NumberedFiles::Load(ByteCount bytes_max, const Take& take) {
  const auto listed = files_.List(directory_);
  if (absl::IsNotFound(listed.status())) return absl::OkStatus();
  GODWIT_RETURN_IF_ERROR(listed.status());
  for (const FileEntry& file : *listed) {  // by name, so by number
    const auto number = NumberOf(file.name);
    if (!number) continue;
    GODWIT_ASSIGN_OR_RETURN(const auto open, files_.Open(PathOf(*number)));
    GODWIT_ASSIGN_OR_RETURN(const std::string bytes, open->ReadAt(0, bytes_max));
    take(bytes, *number);
    number_ = *number;
    old_.push_back(*number);
  }
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<WritableFile>> NumberedFiles::Replace(const Content& content) {
  GODWIT_RETURN_IF_ERROR(files_.CreateDirectories(directory_));
  GODWIT_ASSIGN_OR_RETURN(auto file, files_.Create(PathOf(number_ + 1)));
  old_.push_back(++number_);
  GODWIT_RETURN_IF_ERROR(file->Append(content(number_)));
  GODWIT_RETURN_IF_ERROR(file->Sync());
  GODWIT_RETURN_IF_ERROR(files_.SyncDirectory(directory_));
  // One that stays costs room only: the newer file stands above it.
  std::erase_if(old_, [this](uint64_t number) {
    return number != number_ && files_.Remove(PathOf(number)).ok();
  });
  return file;
}

}  // namespace godwit::agent
