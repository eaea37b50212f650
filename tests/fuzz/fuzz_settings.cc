// Settings of strangers: a pushed configuration, and a file. Whatever the bytes, the tree that is
// read stays shallow enough for recursion.
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "settings/agent_settings.h"
#include "settings/toml_depth.h"
#include "settings/toml_reader.h"

namespace godwit {
namespace {

// An element of a list is a level of the tree of its own.
constexpr int kLevelsMax = 2 * kTomlDepthMax + 1;

int LevelsOf(const Node& node) {
  int levels = 0;
  if (const Node::Array* array = node.array()) {
    for (const Node& element : *array) levels = std::max(levels, LevelsOf(element));
  } else if (const Node::Table* table = node.table()) {
    for (const Node::Member& member : *table) levels = std::max(levels, LevelsOf(member.node));
  }
  return levels + 1;
}

}  // namespace
}  // namespace godwit

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace godwit;
  auto file = std::make_shared<SourceFile>();
  file->name = "fuzz.toml";
  file->text.assign(reinterpret_cast<const char*>(bytes), size);
  Problems problems;
  GODWIT_CHECK(LevelsOf(ReadToml(file, problems)) <= kLevelsMax);
  CheckPushedSettings({.name = file->name, .text = file->text}).IgnoreError();
  ParseAgentSettings(file->text, file->name).status().IgnoreError();
  return 0;
}
