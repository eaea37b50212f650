// The schema for people: the annotated file and the reference chapter.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "settings/schema.h"

namespace godwit {
namespace {

constexpr size_t kCommentColumnMax = 40;

// A setting as it stands in the sample: "key = value", its remark beside it.
struct SampleLine {
  std::string text;
  std::string remark;
  bool out = false;  // commented out: it has no default
};

std::string_view ValueShown(const Setting& setting) {
  return setting.fallback.empty() ? setting.example : setting.fallback;
}

std::string BoundsText(const Setting& setting) {
  if (!setting.min.empty() && !setting.max.empty()) return Cat(setting.min, " to ", setting.max);
  if (!setting.min.empty()) return Cat("at least ", setting.min);
  if (!setting.max.empty()) return Cat("at most ", setting.max);
  return "";
}

std::string ChoicesText(const Setting& setting, std::string_view mark) {
  std::string out;
  for (const std::string_view choice : setting.choices) {
    out += Cat(out.empty() ? "" : ", ", mark, choice, mark);
  }
  return out;
}

std::string Remark(const Setting& setting) {
  std::string remark(setting.text);
  if (setting.type == SettingType::kChoice) remark += Cat("; ", ChoicesText(setting, "\""));
  const std::string bounds = BoundsText(setting);
  if (!bounds.empty()) remark += Cat("; ", bounds);
  if (setting.type == SettingType::kDuration && !setting.choices.empty()) {
    remark += Cat(", or ", ChoicesText(setting, "\""));
  }
  return remark;
}

// Dotted keys, one a line, rather than an inline table: each has its remark.
std::vector<SampleLine> LinesOf(const std::vector<Setting>& settings) {
  size_t width = 0;
  for (const Setting& setting : settings) width = std::max(width, setting.key.size());
  std::vector<SampleLine> lines;
  for (const Setting& setting : settings) {
    std::string text(setting.key);
    text.append(width - setting.key.size(), ' ');
    lines.push_back({.text = text.append(Cat(" = ", ValueShown(setting))),
                     .remark = Remark(setting),
                     .out = setting.fallback.empty() && !setting.required});
  }
  return lines;
}

std::string Header(const SettingsSection& section) {
  return Cat(section.repeated ? "[[" : "[", section.path, section.repeated ? "]]" : "]");
}

std::vector<Setting> Part(const SettingsSection& section, bool common) {
  std::vector<Setting> out;
  for (const Setting& setting : section.settings) {
    if (setting.common == common) out.push_back(setting);
  }
  return out;
}

std::string SettingsText(const std::vector<Setting>& settings, bool commented_out) {
  std::string out;
  const std::string begin = commented_out ? "# " : "";
  size_t column = 0;
  const std::vector<SampleLine> lines = LinesOf(settings);
  for (const SampleLine& line : lines) {
    const size_t width = line.text.size() + (line.out && !commented_out ? 2 : 0);
    if (width <= kCommentColumnMax) column = std::max(column, width);
  }
  for (const SampleLine& line : lines) {
    std::string text = line.out && !commented_out ? Cat("# ", line.text) : line.text;
    if (text.size() > column) {  // a long value has its remark above it
      out += Cat(begin, "# ", line.remark, "\n", begin, text, "\n");
      continue;
    }
    text.append(column - text.size(), ' ');
    out += Cat(begin, text, "  # ", line.remark, "\n");
  }
  return out;
}

std::string Escaped(std::string_view cell) {
  std::string out;
  for (const char c : cell) {
    if (c == '|') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string_view TypeName(SettingType type) {
  switch (type) {
    case SettingType::kString:
      return "string";
    case SettingType::kBool:
      return "true or false";
    case SettingType::kInteger:
      return "whole number";
    case SettingType::kNumber:
      return "number";
    case SettingType::kDuration:
      return "duration";
    case SettingType::kSize:
      return "size";
    case SettingType::kPercent:
      return "percentage";
    case SettingType::kChoice:
      return "choice";
    case SettingType::kStrings:
      return "list";
    case SettingType::kStringMap:
      return "table";
  }
  return "";
}

std::string AllowedText(const Setting& setting) {
  std::string allowed(TypeName(setting.type));
  if (!setting.choices.empty()) allowed += Cat(": ", ChoicesText(setting, "`"));
  const std::string bounds = BoundsText(setting);
  if (!bounds.empty()) allowed += Cat(", ", bounds);
  return allowed;
}

const SettingsSection* FirstRepeated(const SettingsSchema& schema) {
  for (const SettingsSection& section : schema.sections) {
    if (section.repeated) return &section;
  }
  return nullptr;
}

std::string SectionTable(const std::vector<Setting>& settings) {
  std::string out = "\n| key | default | value | meaning |\n|---|---|---|---|\n";
  for (const Setting& setting : settings) {
    const std::string fallback = setting.required           ? "**required**"
                                 : setting.fallback.empty() ? ""
                                                            : Cat("`", setting.fallback, "`");
    out += Cat("| `", setting.key, "` | ", Escaped(fallback), " | ", Escaped(AllowedText(setting)),
               " | ", Escaped(setting.text), " |\n");
  }
  return out;
}

}  // namespace

std::string SampleFile(const SettingsSchema& schema) {
  std::string out = Cat("# ", schema.text,
                        ".\n# Durations, sizes and percentages are strings with a unit. Files in "
                        "conf.d, beside this file, override it.\n# Strings may contain ${NAME}, "
                        "${NAME:-default} and ${file:/path}. Write $${ for a literal ${.\n");
  const SettingsSection* first_repeated = FirstRepeated(schema);
  for (const SettingsSection& section : schema.sections) {
    if (&section == first_repeated) {
      out += Cat("\n# Settings that every sensor has, besides those of its type:\n",
                 SettingsText(Part(section, true), true));
    }
    const bool commented_out = section.repeated && !section.sampled;
    out += Cat("\n# ", section.text, ".\n", commented_out ? "# " : "", Header(section), "\n",
               SettingsText(Part(section, false), commented_out));
  }
  return out;
}

std::string SampleSection(const SettingsSchema& schema, std::string_view path) {
  const SettingsSection* section = schema.Find(path);
  if (section == nullptr) return "";
  return Cat("# ", section->text, ".\n", Header(*section), "\n",
             SettingsText(section->settings, false));
}

std::string ReferenceText(const SettingsSchema& schema) {
  std::string out;
  const SettingsSection* first_repeated = FirstRepeated(schema);
  for (const SettingsSection& section : schema.sections) {
    if (&section == first_repeated) {
      out +=
          Cat("\n### Every sensor\n\nSettings that every sensor has, besides those of its type.\n",
              SectionTable(Part(section, true)));
    }
    out += Cat("\n### ", Header(section), "\n\n", section.text, ".\n");
    const std::vector<Setting> own = Part(section, false);
    if (!own.empty()) out += SectionTable(own);
  }
  return out;
}

}  // namespace godwit
