#include "agent/sensors/series_book.h"

namespace godwit::agent {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kChangePeriodNs = 60 * kSecondNs;
constexpr int64_t kForgottenAfterNs = 3600 * kSecondNs;

}  // namespace

std::optional<size_t> SeriesBook::Number(const Series& series) {
  const auto found = numbers_.find(series);
  if (found != numbers_.end()) {
    entries_[found->second].asked_ns = now_ns_;
    return found->second;
  }
  if (entries_.size() >= max_ || !CheckSeries(series).ok()) {
    full_ = full_ || entries_.size() >= max_;
    ++refused_;
    return std::nullopt;
  }
  numbers_.emplace(series, entries_.size());
  entries_.push_back({.series = series, .asked_ns = now_ns_});
  return entries_.size() - 1;
}

bool SeriesBook::Settle(int64_t now_ns) {
  now_ns_ = now_ns;
  // A clock that was set back must not stop it for long.
  if (now_ns < changed_ns_) changed_ns_ = now_ns;
  const bool waiting = full_ || table_.series.size() != entries_.size();
  const bool due = table_.series.empty() || now_ns - changed_ns_ >= kChangePeriodNs;
  if (!waiting || !due) return false;
  const bool some_went = Forget(now_ns);
  if (!some_went && table_.series.size() == entries_.size()) return false;
  table_.series.clear();
  for (const Entry& entry : entries_) {
    table_.series.push_back(entry.series);
    table_.series.back().attributes.insert(attributes_.begin(), attributes_.end());
  }
  changed_ns_ = now_ns;
  return true;
}

// Whether any went.
bool SeriesBook::Forget(int64_t now_ns) {
  moved_.clear();
  std::vector<Entry> kept;
  for (Entry& entry : entries_) {
    const bool goes = full_ && now_ns - entry.asked_ns >= kForgottenAfterNs;
    if (goes) {
      moved_.emplace_back();
    } else {
      moved_.emplace_back(kept.size());
      kept.push_back(std::move(entry));
    }
  }
  const bool some_went = kept.size() != entries_.size();
  entries_ = std::move(kept);
  full_ = false;
  if (!some_went) return false;
  numbers_.clear();
  for (size_t i = 0; i < entries_.size(); ++i) numbers_.emplace(entries_[i].series, i);
  return true;
}

}  // namespace godwit::agent
