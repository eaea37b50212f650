// A TOML file as typed values. Every problem is noted with its place and the reading goes on, so
// that one run shows all of them; whatever was not asked for by the end is an unknown key.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/status.h"
#include "base/units.h"

namespace godwit {

// "file:line:column: message", in the order of the file.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}
  void Add(int line, int column, std::string_view message);
  // OK when there are none; else kInvalidArgument with one line each.
  [[nodiscard]] Status ToStatus() const;

 private:
  std::string file_;
  std::vector<std::pair<std::pair<int, int>, std::string>> problems_;
};

// One table of the file. A key that is absent gives the default. Thread-compatible.
class SettingsTable {
 public:
  ~SettingsTable();
  SettingsTable(SettingsTable&&) noexcept;

  std::string String(std::string_view key, std::string_view fallback);
  bool Bool(std::string_view key, bool fallback);
  int64_t Integer(std::string_view key, int64_t fallback, int64_t min, int64_t max);
  double NotNegative(std::string_view key, double fallback);
  absl::Duration Duration(std::string_view key, absl::Duration fallback, absl::Duration min,
                          absl::Duration max);
  ByteCount Size(std::string_view key, ByteCount fallback, ByteCount min);
  double Percent(std::string_view key, double fallback);
  std::vector<std::string> Strings(std::string_view key, std::vector<std::string> fallback,
                                   const std::vector<std::string>& allowed);
  std::string OneOf(std::string_view key, std::string_view fallback,
                    const std::vector<std::string>& allowed);
  std::map<std::string, std::string> StringMap(std::string_view key);

  // A table within; empty when the key is absent.
  SettingsTable Table(std::string_view key);
  // [[key]]: an array of tables.
  std::vector<SettingsTable> Tables(std::string_view key);

  // A problem with a key of this table, or with the table itself when it has no such key.
  void Problem(std::string_view key, std::string_view message);
  // Everything that was not asked for is an unknown key. Call last.
  void RejectOthers();

 private:
  friend class SettingsDocument;
  struct State;
  explicit SettingsTable(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;  // hides toml++
};

class SettingsDocument {
 public:
  // kInvalidArgument for a file that is not TOML, with its place.
  [[nodiscard]] static StatusOr<std::unique_ptr<SettingsDocument>> Parse(std::string_view text,
                                                                         const std::string& file);
  ~SettingsDocument();

  SettingsTable root();
  Problems& problems() { return problems_; }

 private:
  struct Tree;
  SettingsDocument(std::unique_ptr<Tree> tree, const std::string& file);
  std::unique_ptr<Tree> tree_;
  Problems problems_;
};

}  // namespace godwit
