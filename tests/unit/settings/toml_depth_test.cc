// Texts that nest too deep for a parser are refused before it sees them, whatever stands in front.
#include "settings/toml_depth.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "settings/agent_settings.h"
#include "settings/toml_reader.h"

namespace godwit {
namespace {

// Deep enough to overflow the stack of a parser that takes it: 24 kB and more.
constexpr int kDeadly = 12'000;

std::string Times(int count, std::string_view text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

// Of `depth` levels in all, in each way that a TOML text can nest.
struct Form {
  const char* name;
  std::string (*text)(int depth);
};
const Form kForms[] = {
    {"header", [](int n) { return Cat("[", Times(n - 1, "a."), "a]\n"); }},
    {"header with blanks", [](int n) { return Cat("[ ", Times(n - 1, "a . "), "a ]\n"); }},
    {"list", [](int n) { return Cat("[[", Times(n - 2, "a."), "a]]\n"); }},
    {"quoted header", [](int n) { return Cat("[", Times(n - 1, "\"a.b\"."), "'c.d']\n"); }},
    {"dotted key", [](int n) { return Cat(Times(n - 1, "a."), "a = 1\n"); }},
    {"quoted key", [](int n) { return Cat(Times(n - 1, "\"a.b\"."), "'c.d' = 1\n"); }},
    {"array", [](int n) { return Cat("a = ", Times(n - 1, "["), Times(n - 1, "]"), "\n"); }},
    {"array of lines",
     [](int n) { return Cat("a = ", Times(n - 1, "[\n# x\n"), Times(n - 1, "]"), "\n"); }},
    {"inline table",
     [](int n) {
       const int tables = (n - 4) / 2;
       return Cat("a = ", Times(tables, "{a="), "{a.a=1}", Times(tables, "}"), "\n");
     }},
    {"key in a table", [](int n) { return Cat("[a.a]\n", Times(n - 3, "b."), "b = 1\n"); }},
    {"all of them",
     [](int n) { return Cat("[a.a]\na.a = [1, {a.a = 1, ", Times(n - 7, "b."), "b = 2}]\n"); }}};

// What looks like brackets and dots and is none, or ends where one may not expect it.
const char* const kBefore[] = {"",
                               "\xef\xbb\xbf",
                               "x = \"# [[ {{ \\\" \\\\\"\n",
                               "x = '\\'\n",
                               "x = \"\"\n",
                               "x = \"\"\"\n\"\" \\\"\\\"\" a.b = [ \"\"\"\"\"\n",
                               "x = ''' '' [ '''''\n",
                               "# [ { \" ''' \"\"\"\n",
                               "x = [1, [2, \"]\"], # ]\n 3]\n",
                               "x = { y = { z = '}' }, w.v = 1.5 }\r\n",
                               "\"x.y\".'z' = 1.5\n[t.u] # [\n[[v.w]]\n"};

Problems ProblemsOf(const std::string& text) {
  auto file = std::make_shared<SourceFile>();
  file->name = "deep.toml";
  file->text = text;
  Problems problems;
  ReadToml(file, problems);
  return problems;
}

TEST(TomlDepth, ATextThatNestsTooDeepIsRefusedWithItsLineInEveryFormAndBehindAnything) {
  for (const Form& form : kForms) {
    for (const std::string before : kBefore) {
      const Status status = ProblemsOf(before + form.text(kDeadly)).ToStatus();
      ASSERT_FALSE(status.ok()) << form.name << " after " << before;
      const auto lines = std::count(before.begin(), before.end(), '\n');
      const std::string text = Message(status);
      EXPECT_NE(text.find("error: nested deeper than 32 levels"), std::string::npos)
          << form.name << " after " << before << ": " << text.substr(0, 200);
      if (form.text(kDeadly).find('\n') < kDeadly) continue;  // deep on a later line
      EXPECT_TRUE(text.starts_with(Cat("deep.toml:", lines + 1, ":"))) << text.substr(0, 200);
    }
  }
}

TEST(TomlDepth, ATextOfTheLargestDepthIsRead) {
  constexpr int kOfTables = 3;  // [[v.w]]
  for (const Form& form : kForms) {
    for (const std::string before : kBefore) {
      const std::string text = before + form.text(kTomlDepthMax - kOfTables);
      EXPECT_TRUE(ProblemsOf(text).empty())
          << form.name << " after " << before << ": " << ProblemsOf(text).ToStatus();
    }
  }
}

TEST(TomlReader, WhatTheParserAssertsIsAnErrorOfTheText) {
  for (const char* text : {"[=", "[ = 1\n", "[[=]]", "[a\u03d9]", "a\u03d9 = 1", "a.=1", "x={=1}",
                           "\u0456", "[a] \u2029", "a = \"\"\"\\\u03d9\"\"\""}) {
    const Status status = ProblemsOf(text).ToStatus();
    EXPECT_NE(Message(status).find("deep.toml:1:"), std::string::npos) << text;
    EXPECT_NE(Message(status).find("error: not TOML: "), std::string::npos) << text;
  }
  EXPECT_TRUE(ProblemsOf("a = \"\"\"\\\n\u03d9\u0456\"\"\"").empty());
}

TEST(TomlDepth, APushedTextThatNestsTooDeepIsRefusedOnEitherSide) {
  const std::string text = Cat("[", Times(kDeadly - 1, "a."), "a]\n");
  for (const Status& status : {CheckPushedSettings({.name = "x.toml", .text = text}),
                               ParseAgentSettings(text, "x.toml").status()}) {
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_TRUE(Message(status).starts_with("x.toml:1:65: error: nested deeper than 32 levels\n"))
        << Message(status).substr(0, 200);
  }
}

}  // namespace
}  // namespace godwit
