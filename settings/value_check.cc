#include "settings/value_check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/hidden_text.h"
#include "base/text.h"
#include "settings/toml_reader.h"

namespace godwit {
namespace {

// What a setting of each type is called in a sentence, and how it is written.
struct TypeWords {
  const char* expected;
  const char* hint;
};

TypeWords WordsOf(SettingType type) {
  switch (type) {
    case SettingType::kString:
      return {"a string", "write it in quotes"};
    case SettingType::kBool:
      return {"true or false", "write true or false, without quotes"};
    case SettingType::kInteger:
      return {"a whole number", "write digits only, without quotes"};
    case SettingType::kNumber:
      return {"a number", "write it without quotes"};
    case SettingType::kDuration:
      return {"a duration with a unit", "in quotes, with ms, s, m, h or d: \"10s\", \"1h30m\""};
    case SettingType::kSize:
      return {"a size with a unit", "in quotes, with B, KiB, MiB, GiB or TiB: \"64MiB\""};
    case SettingType::kPercent:
      return {"a percentage", "in quotes, from \"0%\" to \"99%\""};
    case SettingType::kChoice:
      return {"a string", "write it in quotes"};
    case SettingType::kStrings:
      return {"a list of strings", "write [\"…\", \"…\"]"};
    case SettingType::kStringMap:
      return {"a table of strings", "write { name = \"value\" }"};
  }
  return {};
}

std::string NumberText(double number) {
  std::array<char, 32> out;
  const auto end = std::to_chars(out.data(), out.data() + out.size(), number).ptr;
  std::string text(out.data(), end);
  if (text.find_first_of(".einf") == std::string::npos) text += ".0";
  return text;
}

// A string that came out of an expansion may stand where a number or a truth value is expected.
std::optional<int64_t> IntegerOf(const Node& node) {
  if (const auto* integer = std::get_if<int64_t>(&node.value)) return *integer;
  int64_t out = 0;
  if (node.unexpanded.empty() || node.text() == nullptr) return std::nullopt;
  const std::string& text = *node.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<double> NumberOf(const Node& node) {
  if (const auto* number = std::get_if<double>(&node.value)) return *number;
  if (const auto integer = IntegerOf(node)) return static_cast<double>(*integer);
  double out = 0;
  if (node.unexpanded.empty() || node.text() == nullptr) return std::nullopt;
  const std::string& text = *node.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<bool> BoolOf(const Node& node) {
  if (const auto* truth = std::get_if<bool>(&node.value)) return *truth;
  if (node.unexpanded.empty() || node.text() == nullptr) return std::nullopt;
  if (*node.text() == "true") return true;
  if (*node.text() == "false") return false;
  return std::nullopt;
}

// The bounds as they stand in the schema, read by the type's own reader.
template <typename T, typename Reader>
bool Within(const Setting& setting, T value, Reader read) {
  return (setting.min.empty() || value >= *read(setting.min)) &&
         (setting.max.empty() || value <= *read(setting.max));
}

std::string Bounds(const Setting& setting) {
  if (setting.max.empty()) return Cat("at least ", setting.min);
  if (setting.min.empty()) return Cat("at most ", setting.max);
  return Cat("from ", setting.min, " to ", setting.max);
}

StatusOr<int64_t> ReadInteger(std::string_view text) {
  int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

StatusOr<double> ReadNumber(std::string_view text) {
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

// One value being checked: its setting, its name, where to complain.
class Check {
 public:
  Check(const Setting& setting, std::string_view path, const Node& node, Problems& problems)
      : setting_(setting), path_(path), node_(node), problems_(problems) {}

  std::optional<SettingValue> Value() {
    switch (setting_.type) {
      case SettingType::kString:
        return Text();
      case SettingType::kBool:
        if (const auto truth = BoolOf(node_)) return *truth;
        return WrongType();
      case SettingType::kInteger:
        if (const auto integer = IntegerOf(node_)) return Bounded(*integer, ReadInteger);
        return WrongType();
      case SettingType::kNumber:
        if (const auto number = NumberOf(node_)) return Number(*number);
        return WrongType();
      case SettingType::kDuration:
        if (node_.text() != nullptr && IsChoice(*node_.text())) return *node_.text();
        return Parsed<absl::Duration>(ParseDuration);
      case SettingType::kSize:
        return Parsed<int64_t>([](std::string_view text) -> StatusOr<int64_t> {
          GODWIT_ASSIGN_OR_RETURN(const ByteCount size, ParseSize(text));
          return static_cast<int64_t>(size);
        });
      case SettingType::kPercent:
        return Parsed<double>(ParsePercent);
      case SettingType::kChoice:
        return Choice();
      case SettingType::kStrings:
        return Strings();
      case SettingType::kStringMap:
        return Map();
    }
    return std::nullopt;
  }

 private:
  std::nullopt_t Wrong(const Place& place, std::string_view message, std::string_view hint = "") {
    problems_.Add(place, Cat("'", path_, "' ", message), hint);
    return std::nullopt;
  }
  std::nullopt_t WrongType() {
    const TypeWords words = WordsOf(setting_.type);
    return Wrong(node_.place, Cat("must be ", words.expected), words.hint);
  }

  // What speaks against a text, as the end of a sentence; empty when nothing does. A path with a
  // NUL would be cut there by the kernel.
  std::string_view FaultOf(const std::string& text) const {
    if (setting_.reported && !IsPlainUtf8(text)) {
      return "must be plain text: UTF-8 without line breaks and control characters";
    }
    return text.find('\0') == std::string::npos ? "" : "must not contain a NUL character";
  }

  std::optional<SettingValue> Text() {
    const std::string* text = node_.text();
    if (text == nullptr) return WrongType();
    if (const std::string_view fault = FaultOf(*text); !fault.empty()) {
      return Wrong(node_.place, fault);
    }
    return *text;
  }

  template <typename T, typename Reader>
  std::optional<SettingValue> Bounded(T value, Reader read) {
    if (Within(setting_, value, read)) return SettingValue(value);
    return Wrong(node_.place, "is out of bounds", Bounds(setting_));
  }

  std::optional<SettingValue> Number(double number) {
    if (std::isfinite(number)) return Bounded(number, ReadNumber);
    return Wrong(node_.place, "must be a finite number");
  }

  template <typename T, typename Reader>
  std::optional<SettingValue> Parsed(Reader read) {
    const std::string* text = node_.text();
    if (text == nullptr) {
      // `interval = 10` is what people write: 10 of what?
      const auto* integer = std::get_if<int64_t>(&node_.value);
      if (integer == nullptr) return WrongType();
      const char* unit = setting_.type == SettingType::kDuration ? "s"
                         : setting_.type == SettingType::kSize   ? "MiB"
                                                                 : "%";
      return Wrong(node_.place, Cat("must be ", WordsOf(setting_.type).expected),
                   Cat("write \"", *integer, unit, "\"?"));
    }
    const StatusOr<T> value = read(*text);
    if (!value.ok()) {
      return Wrong(node_.place, Cat("must be ", WordsOf(setting_.type).expected),
                   Cat(WordsOf(setting_.type).hint, OrChoices()));
    }
    return Bounded(*value, read);
  }

  // What else may stand there.
  std::string OrChoices() const {
    std::string out;
    for (const std::string_view choice : setting_.choices) out += Cat(", or \"", choice, "\"");
    return out;
  }

  bool IsChoice(const std::string& text) const {
    return std::find(setting_.choices.begin(), setting_.choices.end(), text) !=
           setting_.choices.end();
  }

  std::nullopt_t WrongChoice(const Node& node) {
    const std::string_view near = NearestName(*node.text(), setting_.choices);
    std::string known = "known: ";
    for (size_t i = 0; i < setting_.choices.size(); ++i) {
      known += Cat(i == 0 ? "\"" : ", \"", setting_.choices[i], "\"");
    }
    // As it is written: what it expands to may be a secret in the wrong place.
    return Wrong(node.place, Cat("has the unknown value ", TomlText(node)),
                 near.empty() ? known : Cat("did you mean \"", near, "\"?"));
  }

  std::optional<SettingValue> Choice() {
    const std::string* text = node_.text();
    if (text == nullptr) return WrongType();
    if (!IsChoice(*text)) return WrongChoice(node_);
    return *text;
  }

  std::optional<SettingValue> Strings() {
    const Node::Array* array = node_.array();
    if (array == nullptr) return WrongType();
    StringList out;
    bool good = true;
    for (const Node& element : *array) {
      const std::string* text = element.text();
      if (text == nullptr) {
        good = false;
        Wrong(element.place, "must be a list of strings", "write it in quotes");
      } else if (const std::string_view fault = FaultOf(*text); !fault.empty()) {
        good = false;
        Wrong(element.place, fault);
      } else if (setting_.choices.empty()) {
        out.push_back(*text);
      } else if (!IsChoice(*text)) {
        good = false;
        WrongChoice(element);
      } else if (std::find(out.begin(), out.end(), *text) != out.end()) {
        good = false;
        Wrong(element.place, Cat("has ", TomlText(element), " twice"));
      } else {
        out.push_back(*text);
      }
    }
    const bool needs_one =
        setting_.required || (!setting_.choices.empty() && !setting_.may_be_empty);
    if (good && out.empty() && needs_one) return Wrong(node_.place, "must not be empty");
    if (!good) return std::nullopt;
    return out;
  }

  std::optional<SettingValue> Map() {
    const Node::Table* table = node_.table();
    if (table == nullptr) return WrongType();
    StringMap out;
    bool good = true;
    for (const Node::Member& member : *table) {
      const std::string* text = member.node.text();
      if (text == nullptr) {
        good = false;
        problems_.Add(member.node.place, Cat("'", path_, ".", member.key, "' must be a string"),
                      "write it in quotes");
      } else if (const std::string_view fault = FaultOf(member.key); !fault.empty()) {
        good = false;
        Wrong(member.key_place, Cat("has a key that ", fault));
      } else if (const std::string_view bad = FaultOf(*text); !bad.empty()) {
        good = false;
        problems_.Add(member.node.place, Cat("'", path_, ".", member.key, "' ", bad));
      } else {
        out.emplace(member.key, *text);
      }
    }
    if (!good) return std::nullopt;
    return out;
  }

  const Setting& setting_;
  std::string_view path_;
  const Node& node_;
  Problems& problems_;
};

// Numbers and choices are no secrets, and their digits and words are in every other message.
bool HidesExpansions(const Setting& setting) {
  const bool is_text = setting.type == SettingType::kString ||
                       setting.type == SettingType::kStrings ||
                       setting.type == SettingType::kStringMap;
  return is_text && setting.choices.empty() && !setting.reported;
}

// From now on messages have them as the file writes them.
void HideExpansions(const Node& node) {
  for (const Node::Expansion& expansion : node.expansions) {
    HideText(expansion.text, expansion.written);
  }
  if (const Node::Array* array = node.array()) {
    for (const Node& element : *array) HideExpansions(element);
  }
  if (const Node::Table* table = node.table()) {
    for (const Node::Member& member : *table) HideExpansions(member.node);
  }
}

}  // namespace

std::optional<CheckedValue> CheckValue(const Setting& setting, std::string_view path,
                                       const Node& node, Problems& problems) {
  if (HidesExpansions(setting)) HideExpansions(node);
  auto value = Check(setting, path, node, problems).Value();
  if (!value) return std::nullopt;
  return CheckedValue{.value = *std::move(value), .written = TomlText(node), .place = node.place};
}

CheckedValue DefaultValue(const Setting& setting) {
  Problems problems;
  auto file = std::make_shared<SourceFile>();
  file->text = Cat("value = ", setting.fallback, "\n");
  const Node root = ReadToml(file, problems);
  // The default of a setting is written in its schema, and a test reads each of them.
  GODWIT_CHECK(problems.empty());
  auto value = CheckValue(setting, setting.key, root.Find("value")->node, problems);
  GODWIT_CHECK(value.has_value());
  value->place = {};
  return *std::move(value);
}

std::string TomlString(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (byte < 0x20 || byte == 0x7f) {
      out.append("\\u00").append({kDigits[byte >> 4], kDigits[byte & 15]});
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

std::string TomlText(const Node& node) {
  if (!node.unexpanded.empty()) return TomlString(node.unexpanded);
  if (const std::string* text = node.text()) return TomlString(*text);
  if (const auto* truth = std::get_if<bool>(&node.value)) return *truth ? "true" : "false";
  if (const auto* integer = std::get_if<int64_t>(&node.value)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&node.value)) return NumberText(*number);
  std::string out;
  if (const Node::Array* array = node.array()) {
    for (const Node& element : *array) out += Cat(out.empty() ? "" : ", ", TomlText(element));
    return Cat("[", out, "]");
  }
  if (const Node::Table* table = node.table()) {
    if (table->empty()) return "{}";
    for (const Node::Member& member : *table) {
      out += Cat(out.empty() ? "" : ", ", member.key, " = ", TomlText(member.node));
    }
    return Cat("{ ", out, " }");
  }
  return "?";  // a date: no setting is one, and none gets past the check
}

}  // namespace godwit
