// A small file that is replaced as a whole: each version is a new, numbered file, and the older
// ones are removed once it is durable under its name. So a power cut leaves at least one whole
// version, and at most two, which their numbers distinguish.
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

// Confined to one executor that may block.
class NumberedFiles {
 public:
  // "<number>.suffix" in `directory`, which need not exist. `files` outlives this.
  NumberedFiles(FileSystem& files, std::string directory, std::string_view suffix)
      : files_(files), directory_(std::move(directory)), suffix_(suffix) {}

  // Calls `take` with each file that is there, the older one first, and at most `bytes_max` of it.
  // Writes nothing. To be called once, first.
  using Take = std::function<void(std::string_view bytes, uint64_t number)>;
  [[nodiscard]] Status Load(ByteCount bytes_max, const Take& take);

  // Of the newest file, also of one whose writing failed; 0: there is none.
  uint64_t number() const { return number_; }

  // Writes the next version, whose bytes `content` gives for its number. It is durable when it is
  // returned, for more to be appended; after a failure the version before is what survives.
  using Content = std::function<std::string(uint64_t number)>;
  [[nodiscard]] StatusOr<std::unique_ptr<WritableFile>> Replace(const Content& content);

 private:
  std::optional<uint64_t> NumberOf(std::string_view file_name) const;
  std::string PathOf(uint64_t number) const;

  FileSystem& files_;
  const std::string directory_;
  const std::string suffix_;
  uint64_t number_ = 0;
  std::vector<uint64_t> old_;  // files that may still be there
};

}  // namespace godwit::agent
