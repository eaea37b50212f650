// Who has a place among connections of which there may be so many: a new one always gets in, and
// the oldest of the source that has the most makes room for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace godwit::collector {

// Confined to its owner.
class Places {
 public:
  using Id = uint64_t;  // of a connection; none is used twice

  explicit Places(size_t most) : most_(most) {}

  // The one that loses its place; it is here no longer. Of sources that have as many, the new one's
  // own gives way.
  std::optional<Id> Enter(Id id, const std::string& source) {
    std::optional<Id> loser;
    if (sources_.size() == most_) {
      auto most = std::max_element(lines_.begin(), lines_.end(), [](auto& one, auto& other) {
        return one.second.size() < other.second.size();
      });
      const auto own = lines_.find(source);
      if (own != lines_.end() && own->second.size() == most->second.size()) most = own;
      loser = most->second.front();
      Leave(*loser);
    }
    lines_[source].push_back(id);
    sources_[id] = source;
    return loser;
  }

  // Nothing when it has lost its place already.
  void Leave(Id id) {
    const auto source = sources_.find(id);
    if (source == sources_.end()) return;
    const auto line = lines_.find(source->second);
    std::erase(line->second, id);
    if (line->second.empty()) lines_.erase(line);
    sources_.erase(source);
  }

 private:
  const size_t most_;
  std::map<std::string, std::deque<Id>> lines_;  // oldest first; none is empty
  std::map<Id, std::string> sources_;
};

}  // namespace godwit::collector
