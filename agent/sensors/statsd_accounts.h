// What statsd lines add up to. Counters are sums since the agent's start, so a lost sample costs
// resolution and not truth; gauges are as they were last set; a timer becomes how many there were,
// their sum, and the largest since the last tick; a set how many different elements it had since
// the last tick.
//
// A sum to which something negative is added is an updown from then on: a counter that falls would
// be taken for one that began anew, and its rate would be wrong. Every number stays finite. Memory
// is bounded by max_series, whatever comes.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "agent/sensors/learned_series.h"
#include "agent/sensors/options.h"
#include "agent/sensors/statsd_line.h"
#include "codec/value.h"

namespace godwit::agent {

// Different elements of a set between two ticks; more are refused, or it would say too few.
inline constexpr size_t kSetElementsMax = 1024;

// Thread-compatible.
class StatsdAccounts {
 public:
  explicit StatsdAccounts(const StatsdOptions& options)
      : learned_(options.max_series, options.attributes) {}

  // An error: nothing of the line was added.
  [[nodiscard]] Status Add(const StatsdLine& line);

  // To be called at each tick. True when the table has changed.
  bool Update(int64_t now_ns);
  const Table& table() const { return learned_.table(); }
  // The values of the table's series at this tick. What counts since the last tick begins anew.
  std::vector<Value> TakeValues();

 private:
  enum class Rule { kSum, kLast, kMax, kDistinct };
  struct Account {
    Rule rule = Rule::kLast;
    double value = 0;
    bool seen = false;            // since the start; a maximum, since the last tick
    std::set<uint64_t> elements;  // hashes, since the last tick
  };
  // An addition that was checked.
  struct Sum {
    size_t account = 0;
    double value = 0;
    bool falls = false;
  };

  StatusOr<size_t> Find(const Series& series, Rule rule);
  StatusOr<Sum> CheckSum(const Series& series, double change);
  void TakeSum(const Sum& sum);
  Status AddTimer(const StatsdLine& line);
  Status AddElement(const StatsdLine& line);
  Status SetGauge(const StatsdLine& line);
  static Value ValueOf(const Account& account);

  LearnedSeries learned_;
  std::vector<Account> accounts_;  // by the book's numbers
};

}  // namespace godwit::agent
