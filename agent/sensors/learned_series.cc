#include "agent/sensors/learned_series.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kForgottenAfterNs = 3600 * kSecondNs;
// Between two ticks no more passes than this: the wall clock was set. Less than what forgets.
constexpr int64_t kStepNsMax = kForgottenAfterNs / 2;

}  // namespace

StatusOr<size_t> LearnedSeries::Number(const Series& series) {
  const auto found = numbers_.find(series);
  if (found != numbers_.end()) {
    entries_[found->second].asked_ns = passed_ns_;
    return found->second;
  }
  if (entries_.size() >= max_) {
    full_ = true;
    return Error(StatusCode::kResourceExhausted, Cat("more than ", max_, " series (max_series)"));
  }
  GODWIT_RETURN_IF_ERROR(CheckSeries(series));
  numbers_.emplace(series, entries_.size());
  entries_.push_back({.series = series, .kind = series.kind, .asked_ns = passed_ns_});
  return entries_.size() - 1;
}

void LearnedSeries::SetKind(size_t number, Kind kind) {
  kind_changed_ |= entries_[number].kind != kind;
  entries_[number].kind = kind;
}

bool LearnedSeries::Update(int64_t now_ns) {
  if (updated_ns_) passed_ns_ += std::clamp<int64_t>(now_ns - *updated_ns_, 0, kStepNsMax);
  updated_ns_ = now_ns;
  const bool some_went = std::exchange(full_, false) && Forget();
  const bool kind_changed = std::exchange(kind_changed_, false);
  if (!some_went && !kind_changed && table_.series.size() == entries_.size()) return false;
  if (!some_went) KeepNumbers();
  table_.series.clear();
  for (const Entry& entry : entries_) {
    table_.series.push_back(entry.series);
    table_.series.back().kind = entry.kind;
    table_.series.back().attributes.insert(attributes_.begin(), attributes_.end());
  }
  return true;
}

void LearnedSeries::KeepNumbers() {
  moved_.clear();
  for (size_t i = 0; i < entries_.size(); ++i) moved_.emplace_back(i);
}

// Those that were not asked for in an hour. Whether any went.
bool LearnedSeries::Forget() {
  const auto goes = [this](const Entry& entry) {
    return passed_ns_ - entry.asked_ns >= kForgottenAfterNs;
  };
  if (std::none_of(entries_.begin(), entries_.end(), goes)) return false;
  moved_.clear();
  std::vector<Entry> kept;
  for (Entry& entry : entries_) {
    moved_.push_back(goes(entry) ? std::nullopt : std::optional(kept.size()));
    if (moved_.back()) kept.push_back(std::move(entry));
  }
  entries_ = std::move(kept);
  numbers_.clear();
  for (size_t i = 0; i < entries_.size(); ++i) numbers_.emplace(entries_[i].series, i);
  return true;
}

}  // namespace godwit::agent
