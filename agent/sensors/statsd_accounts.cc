#include "agent/sensors/statsd_accounts.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/checksum.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

Series SeriesOf(const StatsdLine& line, const char* end, const char* unit, Kind kind) {
  Series series = line.series;
  series.name += end;
  series.unit = unit;
  series.kind = kind;
  return series;
}

Status NotFinite() {
  return Error(StatusCode::kOutOfRange, "the value would become infinite");
}

}  // namespace

Status StatsdAccounts::Add(const StatsdLine& line) {
  switch (line.type) {
    case StatsdType::kCounter: {
      GODWIT_ASSIGN_OR_RETURN(const Sum sum,
                              CheckSum(SeriesOf(line, "", "1", Kind::kCounter), line.value));
      TakeSum(sum);
      return absl::OkStatus();
    }
    case StatsdType::kGauge:
      return SetGauge(line);
    case StatsdType::kTimer:
      return AddTimer(line);
    case StatsdType::kSet:
      return AddElement(line);
  }
  return absl::OkStatus();
}

StatusOr<size_t> StatsdAccounts::Find(const Series& series, Rule rule) {
  GODWIT_ASSIGN_OR_RETURN(const size_t number, learned_.Number(series));
  if (number >= accounts_.size()) accounts_.resize(number + 1, {.rule = rule});
  if (accounts_[number].rule != rule) {
    return Error(StatusCode::kInvalidArgument, "the name is already used for another type");
  }
  return number;
}

StatusOr<StatsdAccounts::Sum> StatsdAccounts::CheckSum(const Series& series, double change) {
  GODWIT_ASSIGN_OR_RETURN(const size_t account, Find(series, Rule::kSum));
  const double value = accounts_[account].value + change;
  if (!std::isfinite(value)) return NotFinite();
  return Sum{.account = account, .value = value, .falls = change < 0};
}

void StatsdAccounts::TakeSum(const Sum& sum) {
  accounts_[sum.account].value = sum.value;
  accounts_[sum.account].seen = true;
  if (sum.falls) learned_.SetKind(sum.account, Kind::kUpDown);
}

Status StatsdAccounts::SetGauge(const StatsdLine& line) {
  GODWIT_ASSIGN_OR_RETURN(const size_t number,
                          Find(SeriesOf(line, "", "1", Kind::kGauge), Rule::kLast));
  const double value = line.relative ? accounts_[number].value + line.value : line.value;
  if (!std::isfinite(value)) return NotFinite();
  accounts_[number].value = value;
  accounts_[number].seen = true;
  return absl::OkStatus();
}

Status StatsdAccounts::AddTimer(const StatsdLine& line) {
  GODWIT_ASSIGN_OR_RETURN(const Sum count,
                          CheckSum(SeriesOf(line, ".count", "1", Kind::kCounter), line.weight));
  GODWIT_ASSIGN_OR_RETURN(const Sum sum, CheckSum(SeriesOf(line, ".sum", "ms", Kind::kCounter),
                                                  line.value * line.weight));
  GODWIT_ASSIGN_OR_RETURN(const size_t max,
                          Find(SeriesOf(line, ".max", "ms", Kind::kGauge), Rule::kMax));
  TakeSum(count);
  TakeSum(sum);
  Account& largest = accounts_[max];
  largest.value = largest.seen ? std::max(largest.value, line.value) : line.value;
  largest.seen = true;
  return absl::OkStatus();
}

Status StatsdAccounts::AddElement(const StatsdLine& line) {
  GODWIT_ASSIGN_OR_RETURN(const size_t number,
                          Find(SeriesOf(line, "", "1", Kind::kGauge), Rule::kDistinct));
  std::set<uint64_t>& elements = accounts_[number].elements;
  const uint64_t element = Checksum(line.word);
  if (elements.size() >= kSetElementsMax && !elements.contains(element)) {
    return Error(StatusCode::kResourceExhausted,
                 Cat("more than ", kSetElementsMax, " elements in a tick"));
  }
  elements.insert(element);
  return absl::OkStatus();
}

bool StatsdAccounts::Update(int64_t now_ns) {
  if (!learned_.Update(now_ns)) return false;
  std::vector<Account> moved(learned_.size());
  for (size_t i = 0; i < std::min(accounts_.size(), learned_.moved().size()); ++i) {
    if (learned_.moved()[i]) moved[*learned_.moved()[i]] = std::move(accounts_[i]);
  }
  accounts_ = std::move(moved);
  return true;
}

std::vector<Value> StatsdAccounts::TakeValues() {
  std::vector<Value> values(table().series.size());
  for (size_t i = 0; i < accounts_.size(); ++i) {
    if (i < values.size()) values[i] = ValueOf(accounts_[i]);
    accounts_[i].elements.clear();
    if (accounts_[i].rule == Rule::kMax) accounts_[i].seen = false;
  }
  return values;
}

Value StatsdAccounts::ValueOf(const Account& account) {
  if (account.rule == Rule::kDistinct) return static_cast<int64_t>(account.elements.size());
  if (!account.seen) return {};
  // Whole numbers as such: they are shorter, and a count is one.
  constexpr double kWholeMax = 9'007'199'254'740'992;  // 2^53
  const double value = account.value;
  const auto whole = static_cast<int64_t>(std::abs(value) <= kWholeMax ? value : 0.5);
  if (static_cast<double>(whole) == value) return whole;
  return value;
}

}  // namespace godwit::agent
