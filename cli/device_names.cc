#include "cli/device_names.h"

#include <algorithm>

#include "base/text.h"

namespace godwit::cli {
namespace {

constexpr size_t kShortIdDigits = 12;

size_t AlikeDigits(const std::string& a, const std::string& b) {
  const size_t least = std::min(a.size(), b.size());
  size_t alike = 0;
  while (alike < least && a[alike] == b[alike]) ++alike;
  return alike;
}

}  // namespace

void DeviceNames::Add(const std::string& id, const std::string& name) {
  ids_.insert(id);
  ids_by_name_[name].insert(id);
}

std::string DeviceNames::ShortId(const std::string& id) const {
  size_t digits = kShortIdDigits;
  const auto at = ids_.lower_bound(id);
  if (at != ids_.begin()) digits = std::max(digits, AlikeDigits(*std::prev(at), id) + 1);
  const auto next = ids_.upper_bound(id);
  if (next != ids_.end()) digits = std::max(digits, AlikeDigits(*next, id) + 1);
  // No character is cut in two.
  size_t bytes = digits;
  while (bytes < id.size() && CutUtf8(id, bytes).size() < digits) ++bytes;
  return std::string(CutUtf8(id, bytes));
}

std::string DeviceNames::NameOf(const std::string& id, const std::string& name) const {
  const auto found = ids_by_name_.find(name);
  if (found == ids_by_name_.end() || found->second.size() < 2) return name;
  return Cat(name, " (", ShortId(id), ")");
}

}  // namespace godwit::cli
