#include "settings/expansion.h"

#include <string_view>
#include <utility>

#include "base/text.h"
#include "platform/read_file.h"

namespace godwit {
namespace {

constexpr std::string_view kNameLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

class TextExpansion {
 public:
  // Notes in `node` what each part expands to.
  TextExpansion(Node& node, const SettingsDependencies& dependencies, Problems& problems)
      : node_(node), deps_(dependencies), problems_(problems) {}

  // Nothing when something is wrong with it, which is noted.
  std::optional<std::string> Run() {
    std::string_view rest = *node_.text();
    std::string out;
    while (true) {
      const size_t at = rest.find("${");
      out += rest.substr(0, at);
      if (at == std::string_view::npos) return out;
      const bool literal = at > 0 && rest[at - 1] == '$';
      rest.remove_prefix(at + 2);
      if (literal) {
        out += "{";  // the '$' in front of it stands there already
        continue;
      }
      const size_t end = rest.find('}');
      if (end == std::string_view::npos) {
        return Wrong("'${' without a '}'", "write $${ for a literal ${");
      }
      const auto value = ValueOf(rest.substr(0, end));
      if (!value) return std::nullopt;
      out += *value;
      rest.remove_prefix(end + 1);
    }
  }

 private:
  std::nullopt_t Wrong(std::string_view message, std::string_view hint = "") {
    problems_.Add(node_.place, message, hint);
    return std::nullopt;
  }

  std::optional<std::string> ValueOf(std::string_view what) {
    constexpr std::string_view kFile = "file:";
    if (what.starts_with(kFile)) return FileText(std::string(what.substr(kFile.size())));
    const size_t colon = what.find(":-");
    const std::string name(what.substr(0, colon));
    if (name.empty() || name.find_first_not_of(kNameLetters) != std::string::npos) {
      return Wrong(Cat("'${", what, "}' is not a valid expansion"),
                   "write ${NAME}, ${NAME:-default} or ${file:/path}");
    }
    const auto value = deps_.environment(name);
    if (value) node_.expansions.push_back({*value, Cat("${", what, "}")});
    if (colon == std::string_view::npos) {
      if (value) return value;
      return Wrong(Cat("the environment has no variable ", name),
                   Cat("set it, or write ${", name, ":-default}"));
    }
    if (value && !value->empty()) return value;
    return std::string(what.substr(colon + 2));
  }

  std::optional<std::string> FileText(const std::string& path) {
    auto text = ReadFile(deps_.files, path, kSmallFileBytesMax);
    if (!text.ok()) return Wrong(Message(text.status()));
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    node_.expansions.push_back({*text, Cat("${file:", path, "}")});
    return *std::move(text);
  }

  Node& node_;
  const SettingsDependencies& deps_;
  Problems& problems_;
};

}  // namespace

void Expand(Node& node, const SettingsDependencies& dependencies, Problems& problems) {
  if (Node::Table* table = node.table()) {
    for (Node::Member& member : *table) Expand(member.node, dependencies, problems);
  } else if (Node::Array* array = node.array()) {
    for (Node& element : *array) Expand(element, dependencies, problems);
  } else if (node.text() != nullptr && node.text()->find("${") != std::string::npos) {
    auto expanded = TextExpansion(node, dependencies, problems).Run();
    if (!expanded) return;
    node.unexpanded = *node.text();
    node.value = *std::move(expanded);
  }
}

}  // namespace godwit
