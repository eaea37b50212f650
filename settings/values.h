// Settings that were checked by their schema: every key has a value of its type, the default if no
// file sets it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "base/units.h"
#include "settings/node.h"
#include "settings/problems.h"
#include "settings/schema.h"

namespace godwit {

using StringList = std::vector<std::string>;
using StringMap = std::map<std::string, std::string>;
// A value of a setting. A size is an integer of bytes, a percentage a number from 0 to 1, a choice
// a string (also one of a duration's).
using SettingValue =
    std::variant<std::string, bool, int64_t, double, absl::Duration, StringList, StringMap>;

struct CheckedValue {
  SettingValue value;
  // The value as written in the file, for people; of an expansion the text before it, because it
  // may be a secret.
  std::string written;
  Place place;  // of the value
  friend bool operator==(const CheckedValue& a, const CheckedValue& b) {
    return a.value == b.value && a.written == b.written;
  }
};

// The values of one section. Reading a key that the schema does not have, or with another type, is
// an error of the program. Thread-compatible.
class SettingValues {
 public:
  // Returns whether a file set a setting without a default.
  bool Has(std::string_view key) const { return values_.contains(key); }

  const std::string& String(std::string_view key) const { return Get<std::string>(key); }
  bool Bool(std::string_view key) const { return Get<bool>(key); }
  int64_t Integer(std::string_view key) const { return Get<int64_t>(key); }
  double Number(std::string_view key) const { return Get<double>(key); }
  absl::Duration Duration(std::string_view key) const { return Get<absl::Duration>(key); }
  // Returns a duration with choices; none: the value is one of the choices, such as "auto".
  std::optional<absl::Duration> DurationOrChoice(std::string_view key) const;
  ByteCount Size(std::string_view key) const { return static_cast<ByteCount>(Integer(key)); }
  const StringList& Strings(std::string_view key) const { return Get<StringList>(key); }
  const StringMap& Map(std::string_view key) const { return Get<StringMap>(key); }

  // Returns the place of the value; the section for a default; no file if there is neither.
  Place PlaceOf(std::string_view key) const;
  const std::map<std::string, CheckedValue, std::less<>>& all() const { return values_; }

  void Set(std::string_view key, CheckedValue value) {
    values_.insert_or_assign(std::string(key), std::move(value));
  }
  void SetPlace(const Place& place) { place_ = place; }

  // Compares the values, not their places.
  friend bool operator==(const SettingValues& a, const SettingValues& b) {
    return a.values_ == b.values_;
  }

 private:
  const CheckedValue& At(std::string_view key) const;
  template <typename T>
  const T& Get(std::string_view key) const;

  std::map<std::string, CheckedValue, std::less<>> values_;
  Place place_;
};

struct CheckedSettings {
  // The sections that are not repeated, by their paths.
  std::map<std::string, SettingValues, std::less<>> sections;
  // The repeated sections, in the order of the schema, then of the files.
  std::vector<std::pair<std::string, SettingValues>> repeated;
};

// Returns the names ("tls.key") of the settings outside repeated sections that differ. Both are of
// one schema.
std::vector<std::string> ChangedSettings(const CheckedSettings& now, const CheckedSettings& wanted);

// Checks `root` by the schema. Faults are added to `problems`, and a default replaces the value. In
// a part of the settings nothing is required, because other parts may set it.
enum class SettingsExtent { kWhole, kPart };
CheckedSettings CheckSettings(const SettingsSchema& schema, const Node& root, Problems& problems,
                              SettingsExtent extent = SettingsExtent::kWhole);

}  // namespace godwit
