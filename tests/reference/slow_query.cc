#include "tests/reference/slow_query.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

namespace godwit::reference {
namespace {

using collector::Aggregate;
using Points = std::vector<std::pair<int64_t, Value>>;

double Number(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return static_cast<double>(*integer);
  return std::get<double>(value);
}

// Of one series, in the order of time; equal times as the export has them.
Points PointsOf(const Points& all, int64_t begin, int64_t end) {
  Points points;
  for (const auto& point : all) {
    if (point.first >= begin && point.first < end) points.push_back(point);
  }
  std::stable_sort(points.begin(), points.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  return points;
}

// Prometheus 2.42, promql/functions.go, extrapolatedRate(isCounter, isRate), written out.
Value Rate(const Points& points, int64_t begin, int64_t end) {
  if (points.size() < 2) return std::monostate{};
  const auto seconds = [](int64_t ns) { return static_cast<double>(ns) / 1e9; };
  double result = Number(points.back().second) - Number(points.front().second);
  for (size_t i = 1; i < points.size(); ++i) {
    if (Number(points[i].second) < Number(points[i - 1].second)) {
      result += Number(points[i - 1].second);
    }
  }
  double duration_to_start = seconds(points.front().first - begin);
  const double duration_to_end = seconds(end - points.back().first);
  const double sampled = seconds(points.back().first - points.front().first);
  if (sampled == 0) return std::monostate{};
  const double average = sampled / static_cast<double>(points.size() - 1);
  if (result > 0 && Number(points.front().second) >= 0) {
    const double to_zero = sampled * (Number(points.front().second) / result);
    duration_to_start = std::min(duration_to_start, to_zero);
  }
  double extrapolated = sampled;
  extrapolated += duration_to_start < average * 1.1 ? duration_to_start : average / 2;
  extrapolated += duration_to_end < average * 1.1 ? duration_to_end : average / 2;
  return result * (extrapolated / sampled) / seconds(end - begin);
}

Value Extreme(const Points& points, bool least) {
  Value best;
  for (const auto& [time, value] : points) {
    const bool none = std::holds_alternative<std::monostate>(best);
    if (none || std::isnan(Number(best)) ||
        (least ? Number(value) < Number(best) : Number(value) > Number(best))) {
      best = value;
    }
  }
  return best;
}

Value Mean(const Points& points) {
  long double sum = 0;
  for (const auto& [time, value] : points) sum += Number(value);
  return static_cast<double>(sum / static_cast<long double>(points.size()));
}

Value Of(Aggregate aggregate, const Points& points) {
  if (points.empty()) return std::monostate{};
  switch (aggregate) {
    case Aggregate::kMean:
      return Mean(points);
    case Aggregate::kMin:
    case Aggregate::kMax:
      return Extreme(points, aggregate == Aggregate::kMin);
    case Aggregate::kLast:
      return points.back().second;
    case Aggregate::kCount:
      return static_cast<int64_t>(points.size());
    case Aggregate::kRate:
      break;
  }
  return std::monostate{};
}

bool Counts(const Line& line, Aggregate aggregate) {
  if (aggregate == Aggregate::kRate) return line.kind == "counter";
  if (aggregate == Aggregate::kLast || aggregate == Aggregate::kCount) return true;
  return line.kind != "state";
}

}  // namespace

std::vector<Line> ParseJsonLines(std::string_view text) {
  std::vector<Line> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) {
    const auto json = nlohmann::json::parse(line);
    Line& out = lines.emplace_back();
    out.series = json["series"].get<std::string>() + json["attributes"].dump();
    out.kind = json["kind"].get<std::string>();
    out.time_unix_ns = json["time_unix_ns"].get<int64_t>();
    const auto& value = json["value"];
    if (value.is_number_integer()) {
      out.value = value.get<int64_t>();
    } else if (value.is_number()) {
      out.value = value.get<double>();
    } else if (out.kind == "state") {
      out.value = value.get<std::string>();
    } else {
      out.value = std::stod(value.get<std::string>());  // NaN, Infinity
    }
  }
  return lines;
}

Answer SlowQuery(const std::vector<Line>& lines, const Question& question) {
  std::map<std::string, Points> series;
  for (const Line& line : lines) {
    if (Counts(line, question.aggregate)) {
      series[line.series].emplace_back(line.time_unix_ns, line.value);
    }
  }
  // A rate ends with the newest sample of all.
  int64_t newest = std::numeric_limits<int64_t>::min();
  for (const auto& [name, points] : series) {
    for (const auto& [time, value] : points) {
      if (time < question.until_unix_ns) newest = std::max(newest, time);
    }
  }
  Answer answer;
  for (const auto& [name, points] : series) {
    for (int64_t step = question.since_unix_ns; step < question.until_unix_ns;
         step += question.step_ns) {
      const int64_t end = step + question.step_ns;
      const int64_t begin = end - question.window_ns;
      if (question.aggregate == Aggregate::kRate && step > newest) break;
      const Value value = question.aggregate == Aggregate::kRate
                              ? Rate(PointsOf(points, begin, end), begin, std::min(end, newest))
                              : Of(question.aggregate, PointsOf(points, step, end));
      if (!std::holds_alternative<std::monostate>(value)) answer[{name, step}] = value;
    }
  }
  return answer;
}

}  // namespace godwit::reference
