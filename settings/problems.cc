#include "settings/problems.h"

#include <algorithm>
#include <tuple>

#include "base/counted.h"
#include "base/text.h"

namespace godwit {
namespace {

// A longer line is shown around its place only.
constexpr size_t kShownBytesMax = 120;
constexpr size_t kShownBefore = 60;

struct Excerpt {
  std::string text;
  size_t column = 0;  // of the place, from 0
};

// Tabs take one column and what is no printable character shows as '?', so that the caret is
// in its place and a file cannot control the terminal.
Excerpt Around(std::string_view line, const Place& place) {
  Excerpt out{.text = std::string(line), .column = static_cast<size_t>(place.column - 1)};
  for (char& c : out.text) {
    if (c == '\t') c = ' ';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  if (out.text.size() <= kShownBytesMax) return out;
  const size_t from = out.column > kShownBefore ? out.column - kShownBefore : 0;
  out.text = out.text.substr(std::min(from, out.text.size()), kShownBytesMax);
  out.column -= from;
  return out;
}

// What a terminal gives columns to: not the second and later bytes of a UTF-8 character.
size_t Columns(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string Caret(const Place& place, std::string_view hint) {
  const Excerpt excerpt = Around(place.file->Line(place.line), place);
  std::string number = std::to_string(place.line);
  number.insert(0, number.size() < 5 ? 5 - number.size() : 0, ' ');
  const std::string_view text = excerpt.text;
  const size_t at = std::min(excerpt.column, text.size());
  const size_t width = Columns(text.substr(at, static_cast<size_t>(place.length)));
  std::string out = Cat(number, " | ", text, "\n", std::string(number.size(), ' '), " | ");
  out.append(Columns(text.substr(0, at)), ' ');
  out.append(std::max<size_t>(width, 1), '^');
  if (!hint.empty()) out += Cat(" ", hint);
  return out;
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1,
                          d[i - 1][j - 1] + static_cast<size_t>(a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string_view SourceFile::Line(int line) const {
  std::string_view rest = text;
  for (; line > 1; --line) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

std::string PlaceText(const Place& place) {
  return place.file == nullptr ? "default" : Cat(place.file->name, ":", place.line);
}

void Problems::Add(const Place& place, std::string_view message, std::string_view hint) {
  if (std::find(files_.begin(), files_.end(), place.file.get()) == files_.end()) {
    files_.push_back(place.file.get());
  }
  problems_.push_back({place, std::string(message), std::string(hint)});
}

Status Problems::ToStatus() const {
  if (problems_.empty()) return absl::OkStatus();
  const auto rank = [this](const Problem& problem) {
    const auto at = std::find(files_.begin(), files_.end(), problem.place.file.get());
    return std::tuple(at - files_.begin(), problem.place.line, problem.place.column);
  };
  auto sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  std::string text;
  for (const Problem& problem : sorted) {
    const Place& place = problem.place;
    if (place.file == nullptr) {
      text += Cat("error: ", problem.message);
      if (!problem.hint.empty()) text += Cat("; ", problem.hint);
      text += "\n";
      continue;
    }
    text += Cat(place.file->name, ":", place.line, ":", place.column, ": error: ", problem.message,
                "\n", Caret(place, problem.hint), "\n");
  }
  text += Counted(sorted.size(), "error");
  return Error(StatusCode::kInvalidArgument, text);
}

std::string_view NearestName(std::string_view name, const std::vector<std::string_view>& names) {
  constexpr size_t kNameBytesMax = 64;
  if (name.size() > kNameBytesMax) return {};
  std::string_view nearest;
  size_t least = std::max<size_t>(1, (name.size() + 1) / 3) + 1;
  for (const std::string_view candidate : names) {
    const size_t distance = EditDistance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace godwit
