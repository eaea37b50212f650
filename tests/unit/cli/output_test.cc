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

std::string Written(Format format, bool aligned, const std::vector<Row>& rows) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  RowWriter writer(out, format, {"ONE", "TWO"}, aligned);
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

TEST(OutputTest, TablesAreAlignedByWhatIsSeen) {
  EXPECT_EQ(Written(Format::kTable, true, {kRow}), "ONE  TWO\nä    long\n");
  EXPECT_EQ(Written(Format::kTable, false, {kRow}), "ä  long\n");
}

TEST(OutputTest, ADevicesOwnWordsDoNotSteerTheTerminal) {
  EXPECT_EQ(Written(Format::kTable, false, {kHostile}), "?[2J  x\n");
  const std::string json = Written(Format::kJsonLines, false, {kHostile});
  EXPECT_EQ(json.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace godwit::cli
