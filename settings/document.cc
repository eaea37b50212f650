// The one translation unit that includes toml++ (header-only).
#include "settings/document.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"

namespace godwit {
namespace {

std::string Listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ", ";
    out.append("\"").append(name).append("\"");
  }
  return out;
}

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void Problems::Add(int line, int column, std::string_view message) {
  problems_.push_back({{line, column}, Cat(file_, ":", line, ":", column, ": ", message)});
}

Status Problems::ToStatus() const {
  if (problems_.empty()) return absl::OkStatus();
  auto sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text;
  for (const auto& [place, message] : sorted) {
    if (!text.empty()) text += "\n";
    text += message;
  }
  return Error(StatusCode::kInvalidArgument, text);
}

struct SettingsTable::State {
  const toml::table* table = nullptr;  // null: the table is absent and every key has its default
  Problems* problems = nullptr;
  std::string path;  // "spool." in front of its keys
  int line = 1;
  int column = 1;
  std::set<std::string, std::less<>> asked;

  // The node, or null; notes that the key is known.
  const toml::node* Find(std::string_view key) {
    asked.emplace(key);
    return table == nullptr ? nullptr : table->get(key);
  }

  void Problem(const toml::node& node, std::string_view key, std::string_view message) {
    const auto& begin = node.source().begin;
    problems->Add(static_cast<int>(begin.line), static_cast<int>(begin.column),
                  Cat(path, key, ": ", message));
  }

  // Parses a string value with `parse`, noting what is wrong with it.
  template <typename T, typename Parser>
  T Parsed(std::string_view key, T fallback, std::string_view expected, Parser parse) {
    const toml::node* node = Find(key);
    if (node == nullptr) return fallback;
    const auto text = node->value_exact<std::string>();
    if (!text) {
      Problem(*node, key, Cat("must be ", expected));
      return fallback;
    }
    StatusOr<T> parsed = parse(*text);
    if (parsed.ok()) return *std::move(parsed);
    Problem(*node, key, Message(parsed.status()));
    return fallback;
  }
};

SettingsTable::SettingsTable(std::unique_ptr<State> state) : state_(std::move(state)) {}
SettingsTable::~SettingsTable() = default;
SettingsTable::SettingsTable(SettingsTable&&) noexcept = default;

std::string SettingsTable::String(std::string_view key, std::string_view fallback) {
  return state_->Parsed<std::string>(key, std::string(fallback), "a string",
                                     [](const std::string& text) { return text; });
}

bool SettingsTable::Bool(std::string_view key, bool fallback) {
  const toml::node* node = state_->Find(key);
  if (node == nullptr) return fallback;
  if (const auto value = node->value_exact<bool>()) return *value;
  state_->Problem(*node, key, "must be true or false");
  return fallback;
}

int64_t SettingsTable::Integer(std::string_view key, int64_t fallback, int64_t min, int64_t max) {
  const toml::node* node = state_->Find(key);
  if (node == nullptr) return fallback;
  const auto value = node->value_exact<int64_t>();
  if (value && *value >= min && *value <= max) return *value;
  state_->Problem(*node, key, Cat("must be a whole number from ", min, " to ", max));
  return fallback;
}

double SettingsTable::NotNegative(std::string_view key, double fallback) {
  const toml::node* node = state_->Find(key);
  if (node == nullptr) return fallback;
  const auto value = node->value<double>();
  if (value && *value >= 0 && std::isfinite(*value)) return *value;
  state_->Problem(*node, key, "must be a number that is not negative");
  return fallback;
}

absl::Duration SettingsTable::Duration(std::string_view key, absl::Duration fallback,
                                       absl::Duration min, absl::Duration max) {
  return state_->Parsed<absl::Duration>(
      key, fallback, "a duration in quotes, such as \"10s\"",
      [&](const std::string& text) -> StatusOr<absl::Duration> {
        GODWIT_ASSIGN_OR_RETURN(const absl::Duration value, ParseDuration(text));
        if (value >= min && value <= max) return value;
        return Error(StatusCode::kOutOfRange,
                     Cat(text, " is outside ", DurationText(min), " to ", DurationText(max)));
      });
}

ByteCount SettingsTable::Size(std::string_view key, ByteCount fallback, ByteCount min) {
  return state_->Parsed<ByteCount>(
      key, fallback, "a size in quotes, such as \"64MiB\"",
      [&](const std::string& text) -> StatusOr<ByteCount> {
        GODWIT_ASSIGN_OR_RETURN(const ByteCount value, ParseSize(text));
        if (value >= min) return value;
        return Error(StatusCode::kOutOfRange, Cat(text, " is less than ", SizeText(min)));
      });
}

double SettingsTable::Percent(std::string_view key, double fallback) {
  return state_->Parsed<double>(key, fallback, "a share in quotes, such as \"5%\"",
                                [](const std::string& text) { return ParsePercent(text); });
}

std::string SettingsTable::OneOf(std::string_view key, std::string_view fallback,
                                 const std::vector<std::string>& allowed) {
  return state_->Parsed<std::string>(
      key, std::string(fallback), "a string",
      [&](const std::string& text) -> StatusOr<std::string> {
        if (Contains(allowed, text)) return text;
        return Error(StatusCode::kInvalidArgument,
                     Cat("unknown \"", text, "\"; known are ", Listed(allowed)));
      });
}

std::vector<std::string> SettingsTable::Strings(std::string_view key,
                                                std::vector<std::string> fallback,
                                                const std::vector<std::string>& allowed) {
  const toml::node* node = state_->Find(key);
  if (node == nullptr) return fallback;
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    state_->Problem(*node, key, "must be a list of strings");
    return fallback;
  }
  std::vector<std::string> out;
  for (const toml::node& element : *array) {
    const auto text = element.value_exact<std::string>();
    if (!text) {
      state_->Problem(element, key, "must be a list of strings");
    } else if (!Contains(allowed, *text)) {
      state_->Problem(element, key, Cat("unknown \"", *text, "\"; known are ", Listed(allowed)));
    } else if (Contains(out, *text)) {
      state_->Problem(element, key, Cat("\"", *text, "\" stands there twice"));
    } else {
      out.push_back(*text);
    }
  }
  return out;
}

std::map<std::string, std::string> SettingsTable::StringMap(std::string_view key) {
  std::map<std::string, std::string> out;
  const toml::node* node = state_->Find(key);
  if (node == nullptr) return out;
  const toml::table* table = node->as_table();
  if (table == nullptr) {
    state_->Problem(*node, key, "must be a table of strings, such as { site = \"plant-7\" }");
    return out;
  }
  for (const auto& [name, value] : *table) {
    if (const auto text = value.value_exact<std::string>()) {
      out.emplace(std::string(name.str()), *text);
    } else {
      state_->Problem(value, Cat(key, ".", std::string(name.str())), "must be a string");
    }
  }
  return out;
}

SettingsTable SettingsTable::Table(std::string_view key) {
  auto inner = std::make_unique<State>();
  inner->problems = state_->problems;
  inner->path = Cat(state_->path, key, ".");
  if (const toml::node* node = state_->Find(key)) {
    inner->table = node->as_table();
    inner->line = static_cast<int>(node->source().begin.line);
    inner->column = static_cast<int>(node->source().begin.column);
    if (inner->table == nullptr) state_->Problem(*node, key, "must be a table");
  }
  return SettingsTable(std::move(inner));
}

std::vector<SettingsTable> SettingsTable::Tables(std::string_view key) {
  std::vector<SettingsTable> out;
  const toml::node* node = state_->Find(key);
  if (node == nullptr) return out;
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    state_->Problem(*node, key, Cat("must be written [[", state_->path, key, "]]"));
    return out;
  }
  for (const toml::node& element : *array) {
    auto inner = std::make_unique<State>();
    inner->problems = state_->problems;
    inner->path = Cat(state_->path, key, ".");
    inner->table = element.as_table();
    inner->line = static_cast<int>(element.source().begin.line);
    inner->column = static_cast<int>(element.source().begin.column);
    if (inner->table == nullptr) {
      state_->Problem(element, key, "must be a table");
      continue;
    }
    out.push_back(SettingsTable(std::move(inner)));
  }
  return out;
}

void SettingsTable::Problem(std::string_view key, std::string_view message) {
  const toml::node* node = state_->Find(key);
  if (node != nullptr) {
    state_->Problem(*node, key, message);
  } else {
    state_->problems->Add(state_->line, state_->column, Cat(state_->path, key, ": ", message));
  }
}

void SettingsTable::RejectOthers() {
  if (state_->table == nullptr) return;
  for (const auto& [key, value] : *state_->table) {
    const std::string name(key.str());
    if (state_->asked.contains(name)) continue;
    const auto& begin = key.source().begin;
    std::vector<std::string> known(state_->asked.begin(), state_->asked.end());
    state_->problems->Add(
        static_cast<int>(begin.line), static_cast<int>(begin.column),
        Cat("unknown key ", state_->path, name, "; known here are ", Listed(known)));
  }
}

struct SettingsDocument::Tree {
  toml::table root;
};

SettingsDocument::SettingsDocument(std::unique_ptr<Tree> tree, const std::string& file)
    : tree_(std::move(tree)), problems_(file) {}
SettingsDocument::~SettingsDocument() = default;

StatusOr<std::unique_ptr<SettingsDocument>> SettingsDocument::Parse(std::string_view text,
                                                                    const std::string& file) {
  toml::parse_result result = toml::parse(text, file);
  if (!result) {
    const toml::parse_error& error = result.error();
    Problems problems(file);
    problems.Add(static_cast<int>(error.source().begin.line),
                 static_cast<int>(error.source().begin.column), error.description());
    return problems.ToStatus();
  }
  auto tree = std::make_unique<Tree>(Tree{std::move(result).table()});
  return std::unique_ptr<SettingsDocument>(new SettingsDocument(std::move(tree), file));
}

SettingsTable SettingsDocument::root() {
  auto state = std::make_unique<SettingsTable::State>();
  state->table = &tree_->root;
  state->problems = &problems_;
  return SettingsTable(std::move(state));
}

}  // namespace godwit
