// Limits the number of connections: a new one always gets a place, and the oldest one of the source
// with the most loses its place.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace godwit::collector {

// The places. Confined to their owner.
class Places {
 public:
  using Id = uint64_t;  // of a connection; none is used twice

  explicit Places(size_t most) : most_(most) {}

  // Adds a connection. Returns the one that loses its place, and removes it. Of sources with
  // equally many, that of the new one loses a place.
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

  // Removes a connection. Does nothing if it has lost its place already.
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
