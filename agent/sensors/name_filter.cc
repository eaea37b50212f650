#include "agent/sensors/name_filter.h"

#include <fnmatch.h>

#include <algorithm>

namespace godwit::agent {
namespace {

constexpr size_t kKnownNamesMax = 1024;

bool MatchesOneOf(const std::string& name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
  });
}

}  // namespace

bool NameFilter::Takes(std::string_view name) {
  const auto found = known_.find(name);
  if (found != known_.end()) return found->second;
  if (known_.size() >= kKnownNamesMax) known_.clear();
  const std::string text(name);
  const bool takes = MatchesOneOf(text, include_) && !MatchesOneOf(text, exclude_);
  known_.emplace(text, takes);
  return takes;
}

}  // namespace godwit::agent
