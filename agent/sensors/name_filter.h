// Decides which names a sensor takes: those that a pattern includes and none excludes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace godwit::agent {

// A filter of names. Patterns have * (any characters, '/' too) and ? (one). Thread-compatible.
class NameFilter {
 public:
  NameFilter(std::vector<std::string> include, std::vector<std::string> exclude)
      : include_(std::move(include)), exclude_(std::move(exclude)) {}

  bool Takes(std::string_view name);

 private:
  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
  // The earlier answers: the same names come at each tick.
  std::map<std::string, bool, std::less<>> known_;
};

}  // namespace godwit::agent
