#include "cli/output.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace godwit::cli {
namespace {

const Row kRow{
    .fields = {{"name", "a,\"b\""},
               {"attributes", std::map<std::string, std::string>{{"k", "v"}, {"l", "w"}}},
               {"count", uint64_t{18446744073709551615u}},
               {"value", 0.1},
               {"ok", true}},
    .cells = {"ä", "long"}};
const Row kHostile{.fields = {{"name", std::string("\xff\x1b[2J")}}, .cells = {"\x1b[2J", "x"}};

std::string Written(Format format, bool headings, const std::vector<Row>& rows,
                    Terminal terminal = {}) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  RowWriter::Layout layout;
  if (headings) layout.headings = {"ONE", "TWO"};
  RowWriter writer(out, format, layout, terminal);
  for (const Row& row : rows) EXPECT_TRUE(writer.Write(row));
  EXPECT_TRUE(writer.End());
  std::fclose(out);
  std::string result(text, size);
  std::free(text);
  return result;
}

TEST(OutputTest, JsonKeepsTheOrderAndTheWholeNumbers) {
  const std::string object =
      R"({"name":"a,\"b\"","attributes":{"k":"v","l":"w"},"count":18446744073709551615,)"
      R"("value":0.1,"ok":true})";
  EXPECT_EQ(Written(Format::kJsonLines, true, {kRow, kRow}), object + "\n" + object + "\n");
  EXPECT_EQ(Written(Format::kJson, true, {kRow, kRow}), "[\n" + object + ",\n" + object + "\n]\n");
  EXPECT_EQ(Written(Format::kJson, true, {}), "[]\n");
}

TEST(OutputTest, CsvQuotesWhatItMust) {
  EXPECT_EQ(Written(Format::kCsv, true, {kRow}),
            "name,attributes,count,value,ok\n"
            "\"a,\"\"b\"\"\",\"k=v,l=w\",18446744073709551615,0.1,true\n");
}

TEST(OutputTest, AnEmptyFirstFieldOfCsvKeepsItsPlace) {
  const Row row{.fields = {{"name", std::string()}, {"id", std::string("x")}}};
  EXPECT_EQ(Written(Format::kCsv, true, {row}), "name,id\n,x\n");
}

TEST(OutputTest, CsvGivesASpreadsheetNoFormulaAndATerminalNoCommand) {
  const auto cell = [](const std::string& text) {
    const std::string csv = Written(Format::kCsv, true, {{.fields = {{"name", text}}}});
    return csv.substr(csv.find('\n') + 1);
  };
  EXPECT_EQ(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"\n");
  EXPECT_EQ(cell("+1"), "'+1\n");
  EXPECT_EQ(cell("-1"), "'-1\n");
  EXPECT_EQ(cell("@SUM(a)"), "'@SUM(a)\n");
  EXPECT_EQ(cell("\tx"), "'\tx\n");
  EXPECT_EQ(cell("a=b"), "a=b\n");
  EXPECT_EQ(cell("\x1b[2J \u009b2J \u202e"), "\\x1b[2J \\x9b2J \\u202e\n");
  EXPECT_EQ(Written(Format::kCsv, true, {{.fields = {{"value", -1.5}}}}), "value\n-1.5\n");
}

TEST(OutputTest, TablesAreAlignedByWhatIsSeen) {
  EXPECT_EQ(Written(Format::kTable, true, {kRow}), "ONE  TWO\nä    long\n");
  EXPECT_EQ(Written(Format::kTable, false, {kRow}), "ä  long\n");
}

TEST(OutputTest, ATableFitsItsTerminalAndNothingIsCutWithoutOne) {
  const Row wide{.cells = {std::string(30, 'a'), "short"}};
  EXPECT_EQ(Written(Format::kTable, true, {wide}, {.width = 20}),
            "ONE            TWO\naaaaaaaaaaaa…  short\n");
  EXPECT_EQ(Written(Format::kTable, false, {wide}), std::string(30, 'a') + "  short\n");
}

TEST(OutputTest, ColourIsForTerminalsOnlyAndNeverTheOnlySign) {
  const Row bad{.cells = {"x", "offline"}, .tones = {Tone::kPlain, Tone::kBad}};
  EXPECT_EQ(Written(Format::kTable, false, {bad}, {.colour = true}), "x  \x1b[31moffline\x1b[0m\n");
  EXPECT_EQ(Written(Format::kTable, false, {bad}), "x  offline\n");
}

TEST(OutputTest, ALongTableIsWrittenAsItComes) {
  std::vector<Row> rows(1500, Row{.cells = {"a", "b"}});
  rows.back().cells[0] = "wider than those before";
  const std::string text = Written(Format::kTable, false, rows);
  EXPECT_TRUE(text.starts_with("a  b\na  b\n"));
  EXPECT_TRUE(text.ends_with("wider than those before  b\n"));
}

TEST(OutputTest, OneRowByItselfIsAnObjectAndMayHoldLists) {
  const Row row{.fields = {{"runs", std::vector<Fields>{{{"id", "1"}, {"seq", uint64_t{2}}}}}}};
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  RowWriter writer(out, Format::kJson, {.single = true});
  EXPECT_TRUE(writer.Write(row) && writer.End());
  std::fclose(out);
  EXPECT_EQ(std::string(text, size), "{\"runs\":[{\"id\":\"1\",\"seq\":2}]}\n");
  std::free(text);
}

TEST(OutputTest, ADevicesOwnWordsDoNotSteerTheTerminal) {
  EXPECT_EQ(Written(Format::kTable, false, {kHostile}), "\\x1b[2J  x\n");
  const std::string json = Written(Format::kJsonLines, false, {kHostile});
  EXPECT_EQ(json.find('\x1b'), std::string::npos);
}

TEST(OutputTest, JsonHasTheSameTextInEscapesThatNoTerminalObeys) {
  const std::string hostile = "\u009b2J \x7f \u0085 \u2028 \u202e \u2066 Zürich → €";
  const std::string escaped = R"(\u009b2J \u007f \u0085 \u2028 \u202e \u2066 Zürich → €)";
  const std::map<std::string, std::string> labels = {{hostile, hostile}};
  const Row row{.fields = {{"name", hostile},
                           {"labels", labels},
                           {"sensors", std::vector<Fields>{{{"error", hostile}}}}}};
  const std::string object = R"({"name":")" + escaped + R"(","labels":{")" + escaped + R"(":")" +
                             escaped + R"("},"sensors":[{"error":")" + escaped + R"("}]})";
  EXPECT_EQ(Written(Format::kJsonLines, false, {row}), object + "\n");
  EXPECT_EQ(Written(Format::kJson, false, {row}), "[\n" + object + "\n]\n");
}

}  // namespace
}  // namespace godwit::cli
