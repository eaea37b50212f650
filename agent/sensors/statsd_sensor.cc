// statsd: what programs on this machine send. Counters are kept as sums since the agent's start, so
// a lost sample costs resolution and not truth; gauges as they were last set; a timer becomes how
// many there were, their sum, and the largest since the last tick; a set how many different
// elements it had since the last tick.
//
// Take is called by the receiver's thread, Read by the loop: a mutex is between them. Memory is
// bounded by max_series, whatever comes.
#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>
#include <utility>

#include "agent/sensors/factories.h"
#include "agent/sensors/series_book.h"
#include "agent/sensors/statsd_line.h"
#include "agent/sensors/text_scan.h"
#include "base/checksum.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr size_t kSetElementsMax = 1024;

// What has come of one series.
struct Account {
  enum class Rule { kSum, kLast, kMax, kDistinct };
  Rule rule = Rule::kLast;
  double value = 0;
  bool seen = false;            // since the start; a maximum, since the last tick
  std::set<uint64_t> elements;  // hashes, since the last tick
};

class StatsdSensor final : public Sensor {
 public:
  StatsdSensor(const StatsdOptions& options, OpenDatagrams receive)
      : open_(std::move(receive)), book_(options.max_series, options.attributes) {}

  const std::vector<Table>& groups() const override { return groups_; }
  uint64_t layout() const override { return layout_; }
  uint64_t refused() const override { return refused_; }

  Status Read(const Tick& tick, Readings& readings) override {
    GODWIT_RETURN_IF_ERROR(Listen());
    const std::lock_guard lock(mutex_);
    if (book_.Settle(tick.time_unix_ns)) {
      MoveAccounts();
      groups_[0] = book_.table();
      ++layout_;
    }
    refused_ = book_.refused();
    readings.resize(1);
    readings[0].assign(groups_[0].series.size(), Value{});
    for (size_t i = 0; i < accounts_.size(); ++i) {
      if (i < readings[0].size()) readings[0][i] = ValueOf(accounts_[i]);
      accounts_[i].elements.clear();
      if (accounts_[i].rule == Account::Rule::kMax) accounts_[i].seen = false;
    }
    const uint64_t unreadable = std::exchange(unreadable_, 0);
    if (unreadable == 0) return absl::OkStatus();
    return Error(StatusCode::kInvalidArgument, Cat("lines that are no statsd: ", unreadable));
  }

 private:
  // The port may be taken: then it is tried again at each tick.
  Status Listen() {
    if (receiver_ != nullptr) return absl::OkStatus();
    GODWIT_ASSIGN_OR_RETURN(receiver_, open_([this](std::string_view bytes) { Take(bytes); }));
    return absl::OkStatus();
  }

  void Take(std::string_view datagram) {
    const std::lock_guard lock(mutex_);
    std::string_view line;
    while (TakeLine(datagram, line)) {
      StatsdLine parsed;
      if (line.empty()) continue;
      if (ParseStatsdLine(line, parsed)) {
        Book(parsed);
      } else {
        ++unreadable_;
      }
    }
  }

  void Book(StatsdLine& line) {
    using Rule = Account::Rule;
    Series& series = line.series;
    series.unit = "1";
    switch (line.type) {
      case StatsdType::kCounter:
        series.kind = Kind::kCounter;
        if (Account* account = Find(series, Rule::kSum)) account->value += line.value;
        return;
      case StatsdType::kGauge:
        if (Account* account = Find(series, Rule::kLast)) {
          account->value = line.relative ? account->value + line.value : line.value;
        }
        return;
      case StatsdType::kTimer:
        return BookTimer(line);
      case StatsdType::kSet:
        if (Account* account = Find(series, Rule::kDistinct)) {
          if (account->elements.size() < kSetElementsMax) {
            account->elements.insert(Checksum(line.word));
          }
        }
        return;
    }
  }

  void BookTimer(const StatsdLine& line) {
    using Rule = Account::Rule;
    const auto part = [&](const char* end, const char* unit, Kind kind, Rule rule) {
      Series series = line.series;
      series.name += end;
      series.unit = unit;
      series.kind = kind;
      return Find(series, rule);
    };
    if (Account* count = part(".count", "1", Kind::kCounter, Rule::kSum)) {
      count->value += line.weight;
    }
    if (Account* sum = part(".sum", "ms", Kind::kCounter, Rule::kSum)) {
      sum->value += line.value * line.weight;
    }
    Account* max = part(".max", "ms", Kind::kGauge, Rule::kMax);
    if (max != nullptr) max->value = max->seen ? std::max(max->value, line.value) : line.value;
    if (max != nullptr) max->seen = true;
  }

  // Marks it as seen, except a maximum, which begins anew at each tick.
  Account* Find(const Series& series, Account::Rule rule) {
    const auto number = book_.Number(series);
    if (!number) return nullptr;
    if (*number >= accounts_.size()) accounts_.resize(*number + 1);
    Account& account = accounts_[*number];
    account.rule = rule;
    if (rule != Account::Rule::kMax) account.seen = true;
    return &account;
  }

  static Value ValueOf(const Account& account) {
    if (account.rule == Account::Rule::kDistinct) {
      return static_cast<int64_t>(account.elements.size());
    }
    if (!account.seen) return {};
    // Whole numbers as such: they are shorter, and a count is one.
    constexpr double kWholeMax = 9'007'199'254'740'992;  // 2^53
    const double value = account.value;
    const auto whole = static_cast<int64_t>(std::abs(value) <= kWholeMax ? value : 0.5);
    if (static_cast<double>(whole) == value) return whole;
    return value;
  }

  void MoveAccounts() {
    std::vector<Account> moved(book_.size());
    for (size_t i = 0; i < std::min(accounts_.size(), book_.moved().size()); ++i) {
      if (book_.moved()[i]) moved[*book_.moved()[i]] = std::move(accounts_[i]);
    }
    accounts_ = std::move(moved);
  }

  OpenDatagrams open_;
  std::mutex mutex_;
  SeriesBook book_;                // guarded by mutex_
  std::vector<Account> accounts_;  // guarded by mutex_; by the book's numbers
  uint64_t unreadable_ = 0;        // guarded by mutex_; since the last tick
  uint64_t refused_ = 0;           // loop only, as what follows
  std::vector<Table> groups_ = std::vector<Table>(1);
  uint64_t layout_ = 1;
  std::unique_ptr<DatagramReceiver> receiver_;  // last: it goes first
};

}  // namespace

std::unique_ptr<Sensor> MakeStatsdSensor(const StatsdOptions& options, OpenDatagrams receive) {
  return std::make_unique<StatsdSensor>(options, std::move(receive));
}

}  // namespace godwit::agent
