#include "settings/toml_reader.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>

#include "base/text.h"

namespace godwit {
namespace {

class Converter {
 public:
  explicit Converter(std::shared_ptr<const SourceFile> file) : file_(std::move(file)) {}

  Place PlaceOf(const toml::source_region& region) const {
    Place place{.file = file_,
                .line = static_cast<int>(region.begin.line),
                .column = ByteColumn(region.begin)};
    if (region.end.line == region.begin.line && region.end.column > region.begin.column) {
      place.length = ByteColumn(region.end) - place.column;
    }
    return place;
  }

  Node Convert(const toml::node& node) const {
    Node out{.place = PlaceOf(node.source())};
    if (const auto* table = node.as_table()) {
      out.value = ConvertTable(*table);
    } else if (const auto* array = node.as_array()) {
      Node::Array elements;
      for (const toml::node& element : *array) elements.push_back(Convert(element));
      out.value = std::move(elements);
    } else if (const auto text = node.value_exact<std::string>()) {
      out.value = *text;
    } else if (const auto integer = node.value_exact<int64_t>()) {
      out.value = *integer;
    } else if (const auto number = node.value_exact<double>()) {
      out.value = *number;
    } else if (const auto truth = node.value_exact<bool>()) {
      out.value = *truth;
    }
    return out;
  }

  // toml++ iterates in the order of keys; ours is the file's.
  Node::Table ConvertTable(const toml::table& table) const {
    Node::Table members;
    for (const auto& [key, value] : table) {
      members.push_back({std::string(key.str()), PlaceOf(key.source()), Convert(value)});
    }
    std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
      return std::pair(a.key_place.line, a.key_place.column) <
             std::pair(b.key_place.line, b.key_place.column);
    });
    return members;
  }

 private:
  // toml++ counts characters; a place counts bytes.
  int ByteColumn(const toml::source_position& position) const {
    const std::string_view line = file_->Line(static_cast<int>(position.line));
    size_t at = 0;
    for (toml::source_index character = 1; character < position.column && at < line.size();
         ++character) {
      ++at;
      while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xc0) == 0x80) ++at;
    }
    return static_cast<int>(at) + 1;
  }

  std::shared_ptr<const SourceFile> file_;
};

// The parser's words, in which a person who wrote the line finds what is wrong.
struct SyntaxWords {
  std::string_view parser;  // a part of what the parser says
  std::string_view hint;
};
constexpr SyntaxWords kSyntaxWords[] = {
    {"unescaped control characters", "a string ends with a quote on the line it begins on"},
    {"could not determine value type", "write strings, durations and sizes in quotes"},
    {"cannot redefine existing table", "it is there already: bring its keys together"},
    {"cannot redefine existing", "it is there already"},
    {"expected a comment or whitespace", "a line of its own for each key"},
    {"expected keys, tables", "a settings file has lines like [table] and key = value"}};

void AddSyntaxProblem(const Place& place, std::string_view description, Problems& problems) {
  constexpr std::string_view kPrefix = "Error while parsing ";
  if (description.starts_with(kPrefix)) description.remove_prefix(kPrefix.size());
  std::string_view hint;
  for (const SyntaxWords& words : kSyntaxWords) {
    if (hint.empty() && description.find(words.parser) != std::string_view::npos) hint = words.hint;
  }
  problems.Add(place, Cat("not TOML: ", description), hint);
}

}  // namespace

Node ReadToml(std::shared_ptr<const SourceFile> file, Problems& problems) {
  const Converter converter(file);
  const toml::parse_result result = toml::parse(file->text, file->name);
  if (!result) {
    const toml::parse_error& error = result.error();
    AddSyntaxProblem(converter.PlaceOf(error.source()), error.description(), problems);
    return Node{.value = Node::Table{}, .place = {.file = file, .line = 1, .column = 1}};
  }
  Node root{.place = {.file = file, .line = 1, .column = 1}};
  root.value = converter.ConvertTable(result.table());
  return root;
}

}  // namespace godwit
