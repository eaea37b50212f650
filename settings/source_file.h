// The place where a setting was written. Places outlive the reading of the files, so that later
// checks of a value can still point at it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {

struct SourceFile {
  std::string name;  // as messages show it
  std::string text;
  // Returns a line without its end; empty beyond the last. Lines count from 1.
  std::string_view Line(int line) const;
};

// The settings files of a program, in the order in which they are overlaid.
using SettingsSources = std::vector<std::shared_ptr<const SourceFile>>;

// A place in a file. Lines and columns count from 1; a column is a byte.
struct Place {
  std::shared_ptr<const SourceFile> file;  // null: a default, or no file at all
  int line = 0;
  int column = 0;
  int length = 1;  // bytes on that line, for the caret
};

// Returns "file:line"; "default" without a file.
std::string PlaceText(const Place& place);

}  // namespace godwit
