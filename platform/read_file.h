// A small file as a whole. May block.
#pragma once

#include <string>

#include "base/text.h"
#include "platform/file_system.h"

namespace godwit {

// kOutOfRange when the file is longer than `bytes_max`.
[[nodiscard]] inline StatusOr<std::string> ReadFile(FileSystem& files, const std::string& path,
                                                    ByteCount bytes_max) {
  GODWIT_ASSIGN_OR_RETURN(const auto file, files.Open(path));
  GODWIT_ASSIGN_OR_RETURN(std::string bytes, file->ReadAt(0, bytes_max + 1));
  if (bytes.size() > bytes_max) {
    return Error(StatusCode::kOutOfRange, Cat(path, " is longer than ", SizeText(bytes_max)));
  }
  return bytes;
}

// Settings and PEM files are far smaller.
inline constexpr ByteCount kSmallFileBytesMax = 1 << 20;

}  // namespace godwit
