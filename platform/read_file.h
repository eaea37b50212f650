// Reads small files. May block.
#pragma once

#include <string>

#include "base/text.h"
#include "platform/file_system.h"

namespace godwit {

// Returns the contents of a file. kOutOfRange: it is longer than `bytes_max`. Other errors: those
// of FileSystem::Open and ReadAt.
[[nodiscard]] inline StatusOr<std::string> ReadFile(FileSystem& files, const std::string& path,
                                                    ByteCount bytes_max) {
  // Not bytes_max at once: what is returned would keep all of that for as long as it lives.
  constexpr ByteCount kChunkBytes = 16 * 1024;
  GODWIT_ASSIGN_OR_RETURN(const auto file, files.Open(path));
  std::string bytes;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const std::string chunk, file->ReadAt(bytes.size(), kChunkBytes));
    bytes += chunk;
    if (bytes.size() > bytes_max) {
      return Error(StatusCode::kOutOfRange, Cat(path, " is longer than ", SizeText(bytes_max)));
    }
    if (chunk.size() < kChunkBytes) break;
  }
  bytes.shrink_to_fit();
  return bytes;
}

// The size limit of settings and PEM files, which are far smaller.
inline constexpr ByteCount kSmallFileBytesMax = 1 << 20;

}  // namespace godwit
