// Keeps a small file that is replaced as a whole. Each version is a new file with the next number.
// The older files are removed once the new one is durable, so after a power cut at least one
// version is whole. Several files may be present, after a power cut or a failed write: the whole
// one with the highest number is the newest version.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/file_system.h"

namespace godwit::agent {

// The versions of one file. Confined to one executor that may block.
class NumberedFiles {
 public:
  // The files are "<16 hex digits><suffix>" in `directory`, which need not exist. `files` must
  // outlive this.
  NumberedFiles(FileSystem& files, std::string directory, std::string_view suffix)
      : files_(files), directory_(std::move(directory)), suffix_(suffix) {}

  // Calls `take` with the first `bytes_max` bytes of each file, in the order of their numbers. The
  // caller checks whether a file is whole. Writes nothing. Must be called once, before Replace.
  // Errors: the disk's, except that a missing directory is OK.
  using Take = std::function<void(std::string_view bytes, uint64_t number)>;
  [[nodiscard]] Status Load(ByteCount bytes_max, const Take& take);

  // Returns the highest number of a file, also of one whose writing failed; 0: there is none.
  uint64_t number() const { return number_; }

  // Writes the next version: the bytes that `content` returns for the number of the new file.
  // Returns that file, which is durable by then, so that the caller may append to it; the caller
  // syncs what it appends. After an error the versions before remain.
  using Content = std::function<std::string(uint64_t number)>;
  [[nodiscard]] StatusOr<std::unique_ptr<WritableFile>> Replace(const Content& content);

 private:
  std::optional<uint64_t> NumberOf(std::string_view file_name) const;
  std::string PathOf(uint64_t number) const;

  FileSystem& files_;
  const std::string directory_;
  const std::string suffix_;
  uint64_t number_ = 0;
  std::vector<uint64_t> old_;  // the numbers of files that may be present
};

}  // namespace godwit::agent
