// Queues items of devices. The device that has lately caused the least work is next, and of its
// items the oldest; of equals the one that has waited longer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "collector/ingest/recent_use.h"

namespace godwit::collector {

// The queue. Ingest-confined.
template <typename Item>
class FairQueue {
 public:
  explicit FairQueue(RecentUse& use) : use_(use) {}

  bool empty() const { return order_.empty(); }

  // Adds an item. Returns the number by which it can be removed; never 0.
  uint64_t Push(const std::string& device, Item item) {
    const uint64_t number = ++pushed_;
    const auto [at, is_new] = lines_.try_emplace(device);
    at->second.items.emplace(number, std::move(item));
    if (is_new) Enter(at->first, at->second, number);
    return number;
  }

  void Remove(const std::string& device, uint64_t number) {
    const auto at = lines_.find(device);
    if (at != lines_.end() && at->second.items.erase(number) > 0) DropIfEmpty(at);
  }

  // Removes and returns the next item of a device for which `may` returns true, and the device;
  // none: there is none.
  template <typename May>
  std::optional<std::pair<std::string, Item>> Pop(May may) {
    for (auto at = order_.begin(); at != order_.end();) {
      const auto line = lines_.find(std::get<std::string>(*at));
      if (std::get<double>(*at) < use_.RankOf(line->first)) {
        // It has caused work since it entered. (A rank that has fallen counts from its next entry.)
        const uint64_t since = std::get<uint64_t>(*at);
        at = order_.erase(at);
        Enter(line->first, line->second, since);
        if (at == order_.end() || *line->second.place < *at) at = line->second.place;
      } else if (may(line->first)) {
        return Take(line);
      } else {
        ++at;
      }
    }
    return std::nullopt;
  }

  // Removes and returns the oldest item of one device, before its turn; none: it has none.
  std::optional<Item> PopOf(const std::string& device) {
    const auto line = lines_.find(device);
    if (line == lines_.end()) return std::nullopt;
    return Take(line).second;
  }

 private:
  using Place = std::tuple<double, uint64_t, std::string>;  // rank, since when, device
  struct Line {
    std::map<uint64_t, Item> items;
    typename std::set<Place>::iterator place;
  };
  using Lines = std::map<std::string, Line>;

  void Enter(const std::string& device, Line& line, uint64_t since) {
    line.place = order_.emplace(use_.RankOf(device), since, device).first;
  }
  std::pair<std::string, Item> Take(typename Lines::iterator at) {
    const auto oldest = at->second.items.begin();
    std::pair<std::string, Item> next(at->first, std::move(oldest->second));
    at->second.items.erase(oldest);
    DropIfEmpty(at);
    return next;
  }
  void DropIfEmpty(typename Lines::iterator at) {
    if (!at->second.items.empty()) return;
    order_.erase(at->second.place);
    lines_.erase(at);
  }

  RecentUse& use_;
  uint64_t pushed_ = 0;
  Lines lines_;
  std::set<Place> order_;
};

}  // namespace godwit::collector
