#include "cli/text_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/text.h"

namespace godwit::cli {
namespace {

constexpr size_t kContext = 3;

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// How long the longest common subsequence of each pair of tails is (Wagner and Fischer, 1974).
std::vector<std::vector<uint32_t>> CommonTails(const std::vector<std::string_view>& a,
                                               const std::vector<std::string_view>& b) {
  std::vector<std::vector<uint32_t>> length(a.size() + 1, std::vector<uint32_t>(b.size() + 1, 0));
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      length[i][j] =
          a[i] == b[j] ? length[i + 1][j + 1] + 1 : std::max(length[i + 1][j], length[i][j + 1]);
    }
  }
  return length;
}

std::vector<std::string> Edits(const std::vector<std::string_view>& a,
                               const std::vector<std::string_view>& b) {
  const auto length = CommonTails(a, b);
  std::vector<std::string> edits;
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      edits.push_back(Cat(" ", a[i++]));
      ++j;
    } else if (j == b.size() || (i < a.size() && length[i + 1][j] >= length[i][j + 1])) {
      edits.push_back(Cat("-", a[i++]));
    } else {
      edits.push_back(Cat("+", b[j++]));
    }
  }
  return edits;
}

}  // namespace

std::string TextDiff(std::string_view before, std::string_view after) {
  const std::vector<std::string> edits = Edits(Lines(before), Lines(after));
  std::vector<bool> shown(edits.size(), false);
  for (size_t i = 0; i < edits.size(); ++i) {
    if (edits[i].front() == ' ') continue;
    const size_t end = std::min(i + kContext + 1, edits.size());
    for (size_t k = i - std::min(i, kContext); k < end; ++k) shown[k] = true;
  }
  std::string out;
  for (size_t i = 0; i < edits.size(); ++i) {
    if (!shown[i]) continue;
    if (!out.empty() && !shown[i - 1]) out += "@@\n";
    out += edits[i] + "\n";
  }
  return out;
}

}  // namespace godwit::cli
