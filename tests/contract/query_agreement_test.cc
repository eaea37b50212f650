// Queries over a real store agree with a slow computation over the lines of an export.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/text.h"
#include "cli/sample_rows.h"
#include "collector/fleet/export_query.h"
#include "collector/fleet/range_query.h"
#include "tests/contract/stored_world.h"
#include "tests/reference/slow_query.h"

namespace godwit::collector {
namespace {

using reference::Answer;
using reference::Line;
using reference::Question;

constexpr uint64_t kSeeds = 24;
constexpr int kQuestions = 8;
constexpr int64_t kSecond = 1'000'000'000;

// As the command prints it.
template <typename Query>
StatusOr<std::string> JsonLines(Query& query) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* const out = open_memstream(&text, &size);
  cli::RowWriter writer(out, cli::Format::kJsonLines, {});
  cli::SampleWriter samples(writer, nullptr);
  auto page = query.NextPage();
  for (; page.ok() && page->has_value(); page = query.NextPage()) EXPECT_TRUE(samples(**page));
  EXPECT_TRUE(samples.End(absl::OkStatus()).ok());
  std::fclose(out);
  std::string lines(text, size);
  std::free(text);
  if (!page.ok()) return page.status();
  return lines;
}

bool Same(const Value& a, const Value& b, double tolerance) {
  if (a.index() != b.index()) return false;
  const auto* x = std::get_if<double>(&a);
  if (x == nullptr) return a == b;
  const double y = std::get<double>(b);
  if (std::isnan(*x) || std::isnan(y)) return std::isnan(*x) && std::isnan(y);
  return *x == y || std::abs(*x - y) <= tolerance * std::max({std::abs(*x), std::abs(y), 1e-3});
}

std::string Text(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return cli::NumberText(*number);
  if (const auto* integer = std::get_if<int64_t>(&value)) return Cat(*integer);
  return std::holds_alternative<std::string>(value) ? std::get<std::string>(value) : "nothing";
}

Answer Ask(StoredWorld& world, const Question& question) {
  auto query = RangeQuery::Open(
      world.reader(), world.Device(),
      {.times = {question.since_unix_ns, question.until_unix_ns},
       .aggregate = question.aggregate,
       .step_ns = question.step_ns,
       .window_ns = question.aggregate == Aggregate::kRate ? question.window_ns : 0});
  EXPECT_TRUE(query.ok()) << query.status();
  const auto lines = JsonLines(**query);
  if (absl::IsNotFound(lines.status())) return {};  // no counter, no number
  EXPECT_TRUE(lines.ok()) << lines.status();
  Answer answer;
  for (const Line& line : reference::ParseJsonLines(*lines)) {
    const auto [at, added] = answer.emplace(std::pair(line.series, line.time_unix_ns), line.value);
    EXPECT_TRUE(added) << "twice: " << line.series << " at " << line.time_unix_ns;
  }
  return answer;
}

void ExpectSame(const Answer& got, const Answer& expected, double tolerance) {
  for (const auto& [key, value] : expected) {
    const auto found = got.find(key);
    ASSERT_TRUE(found != got.end()) << key.first << " at " << key.second << " is missing";
    ASSERT_TRUE(Same(found->second, value, tolerance))
        << key.first << " at " << key.second << ": " << Text(found->second) << ", expected "
        << Text(value);
  }
  for (const auto& [key, value] : got) {
    ASSERT_TRUE(expected.contains(key))
        << key.first << " at " << key.second << " is too much: " << Text(value);
  }
}

Question RandomQuestion(const StoredWorld& world, std::mt19937_64& noise) {
  const int64_t steps[] = {kSecond, 10 * kSecond, 45 * kSecond, 600 * kSecond, 3600 * kSecond};
  Question question;
  question.aggregate = static_cast<Aggregate>(noise() % 6);
  const int64_t length = world.end_unix_ns() - world.begin_unix_ns();
  const auto somewhere = [&] {
    return world.begin_unix_ns() + static_cast<int64_t>(noise() % static_cast<uint64_t>(length));
  };
  const int64_t a = somewhere();
  const int64_t b = somewhere();
  // The slow way looks at everything for each step: not too many of them.
  question.step_ns = steps[noise() % 5];
  while (std::abs(a - b) / question.step_ns > 200) question.step_ns *= 7;
  question.window_ns = question.step_ns * static_cast<int64_t>(1 + noise() % 6);
  question.since_unix_ns = std::min(a, b) / question.step_ns * question.step_ns;
  question.until_unix_ns = (std::max(a, b) / question.step_ns + 1) * question.step_ns;
  return question;
}

TEST(QueryAgreement, EveryAggregateIsThatOfTheExportedLines) {
  size_t values = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    StoredWorld world(seed);
    world.Fill();
    ExportQuery all(world.reader(), world.Device(), "", {});
    const auto lines = reference::ParseJsonLines(*JsonLines(all));
    std::mt19937_64 noise(seed);
    for (int i = 0; i < kQuestions; ++i) {
      if (i == kQuestions / 2) world.MergeAll();
      const Question question = RandomQuestion(world, noise);
      SCOPED_TRACE(Cat("seed ", seed, ", aggregate ", static_cast<int>(question.aggregate),
                       ", step ", question.step_ns / kSecond, " s, window ",
                       question.window_ns / kSecond, " s"));
      const Answer expected = reference::SlowQuery(lines, question);
      values += expected.size();
      ASSERT_NO_FATAL_FAILURE(ExpectSame(Ask(world, question), expected, 1e-9));
    }
  }
  EXPECT_GT(values, 5'000u);
}

TEST(QueryAgreement, SamplesAsTheyAreComeInTheOrderOfTime) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(Cat("seed ", seed));
    StoredWorld world(seed);
    world.Fill();
    const int64_t third = (world.end_unix_ns() - world.begin_unix_ns()) / 3;
    const TimeRange times{world.begin_unix_ns() + third, world.end_unix_ns() - third};
    ExportQuery all(world.reader(), world.Device(), "", {});
    std::vector<Line> expected;
    for (const Line& line : reference::ParseJsonLines(*JsonLines(all))) {
      if (times.Contains(line.time_unix_ns)) expected.push_back(line);
    }
    std::stable_sort(expected.begin(), expected.end(), [](const Line& a, const Line& b) {
      return std::tie(a.series, a.time_unix_ns) < std::tie(b.series, b.time_unix_ns);
    });
    auto query = *RangeQuery::Open(world.reader(), world.Device(), {.times = times});
    auto got = reference::ParseJsonLines(*JsonLines(*query));
    ASSERT_TRUE(std::is_sorted(got.begin(), got.end(), [](const Line& a, const Line& b) {
      return a.time_unix_ns < b.time_unix_ns;
    }));
    std::stable_sort(got.begin(), got.end(),
                     [](const Line& a, const Line& b) { return a.series < b.series; });
    ASSERT_EQ(got.size(), expected.size());
    for (size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(got[i].series, expected[i].series);
      ASSERT_EQ(got[i].time_unix_ns, expected[i].time_unix_ns);
      ASSERT_TRUE(Same(got[i].value, expected[i].value, 0));
    }
  }
}

}  // namespace
}  // namespace godwit::collector
