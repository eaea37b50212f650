#include "settings/toml_depth.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace godwit {
namespace {

// Reads a text once, byte by byte, and holds the brackets that are open.
class DepthReader {
 public:
  explicit DepthReader(std::string_view text) : text_(text) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  // The byte at which it is too deep; none: nowhere.
  std::optional<size_t> Run() {
    while (at_ < text_.size()) {
      Step(text_[at_]);
      if (Depth() > kTomlDepthMax) return std::min(at_, text_.size()) - 1;
    }
    return std::nullopt;
  }

 private:
  // The file itself is a table, as an inline table is.
  enum class Kind { kTable, kHeader, kArray };
  struct Level {
    Kind kind = Kind::kTable;
    int base = 0;  // levels around it
    int key = 0;   // parts of the key that is read, or whose value is
    bool in_value = false;
  };

  int Depth() const { return open_.back().base + open_.back().key; }

  void Step(char c) {
    switch (c) {
      case '"':
      case '\'':
        NoteKey();
        return SkipString(c);
      case '#':
        at_ = std::min(text_.find('\n', at_), text_.size());
        return;
      case '\n':
        EndLine();
        break;
      case '[':
      case '{':
        Open(c);
        break;
      case ']':
      case '}':
        Close();
        break;
      default:
        StepInLevel(c);
    }
    ++at_;
  }

  void StepInLevel(char c) {
    Level& level = open_.back();
    if (c == '=') {
      level.in_value = true;
    } else if (c == ',') {
      level.in_value = level.kind == Kind::kArray;
      if (!level.in_value) level.key = 0;
    } else if (c == '.' && !level.in_value) {
      ++level.key;
    } else if (c != ' ' && c != '\t' && c != '\r') {
      NoteKey();
    }
  }

  // Something of a key was read: it has one part at least.
  void NoteKey() {
    Level& level = open_.back();
    if (!level.in_value && level.key == 0) level.key = 1;
  }

  // At the beginning of a line outside of values a bracket opens a header, elsewhere a value.
  void Open(char c) {
    const Level& outer = open_.back();
    if (outer.kind == Kind::kHeader) {
      ++open_.back().base;  // [[: an element of a list
    } else if (open_.size() == 1 && !outer.in_value && outer.key == 0) {
      open_.front().base = 0;
      open_.push_back({.kind = Kind::kHeader});
    } else if (c == '[') {
      open_.push_back({.kind = Kind::kArray, .base = Depth() + 1, .in_value = true});
    } else {
      open_.push_back({.kind = Kind::kTable, .base = Depth() + 1});
    }
  }

  // What follows a header is within it.
  void Close() {
    if (open_.size() == 1) return;  // no TOML
    const Level closed = open_.back();
    open_.pop_back();
    if (closed.kind == Kind::kHeader) open_.front().base = closed.base + closed.key;
  }

  void EndLine() {
    if (open_.back().kind == Kind::kHeader) Close();
    if (open_.size() > 1) return;
    open_.front().key = 0;
    open_.front().in_value = false;
  }

  void SkipString(char quote) {
    const std::string_view rest = text_.substr(at_);
    const bool is_long = rest.size() > 2 && rest[1] == quote && rest[2] == quote;
    at_ += is_long ? 3 : 1;
    int quotes = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n' && !is_long) return;  // no TOML
      quotes = c == quote ? quotes + 1 : 0;
      if (quotes == (is_long ? 3 : 1)) break;
      if (c == '\\' && quote == '"') ++at_;
    }
    at_ = std::min(at_ + 1, text_.size());
    // One or two quotes in front of the three that end it are the text's own.
    for (int own = 0; is_long && own < 2 && at_ < text_.size() && text_[at_] == quote; ++own) ++at_;
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::vector<Level> open_ = {Level()};
};

}  // namespace

std::optional<Place> FindTooDeep(const std::shared_ptr<const SourceFile>& file) {
  const std::string_view text = file->text;
  const auto at = DepthReader(text).Run();
  if (!at) return std::nullopt;
  const std::string_view before = text.substr(0, *at);
  const size_t line_begin = before.rfind('\n') + 1;  // 0 without one
  return Place{.file = file,
               .line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
               .column = static_cast<int>(*at - line_begin) + 1};
}

}  // namespace godwit
