#include "agent/sensors/kernel_files.h"

#include <utility>

namespace godwit::agent {

KernelFiles::Number KernelFiles::Use(const std::string& path, OpenFile open_file) {
  for (size_t i = 0; i < files_.size(); ++i) {
    if (files_[i].path == path) return i;
  }
  files_.push_back({.path = path, .open_file = open_file, .text = std::string_view()});
  return files_.size() - 1;
}

StatusOr<std::string_view> KernelFiles::Text(Number number) {
  File& file = files_[number];
  if (file.read_at == tick_) return file.text;
  file.read_at = tick_;
  if (file.open == nullptr) {
    auto opened = (input_.*file.open_file)(file.path);
    if (!opened.ok()) return file.text = opened.status();
    file.open = *std::move(opened);
  }
  file.text = file.open->Read();
  if (!file.text.ok()) file.open = nullptr;
  return file.text;
}

bool KernelFiles::ChangeAnnounced(Number number) {
  File& file = files_[number];
  return file.open == nullptr || file.open->ChangeAnnounced();
}

}  // namespace godwit::agent
