// Adds up statsd lines. Counters are sums since the agent's start, so that a lost sample costs
// resolution only; gauges keep their last value; a timer becomes a count, a sum, and the largest
// value since the last tick; a set becomes the number of different elements since the last tick.
//
// A sum to which a negative number is added is an updown from then on: a falling counter would be
// taken for one that started again, and its rate would be wrong. Every number stays finite.
// max_series bounds the memory.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "agent/sensors/learned_series.h"
#include "agent/sensors/options.h"
#include "agent/sensors/statsd_line.h"
#include "codec/value.h"

namespace godwit::agent {

// The most different elements of a set between two ticks; more are refused, because the count would
// be too low.
inline constexpr size_t kSetElementsMax = 1024;

// The sums of statsd lines. Thread-compatible.
class StatsdAccounts {
 public:
  explicit StatsdAccounts(const StatsdOptions& options)
      : learned_(options.max_series, options.attributes) {}

  // Adds a line. After an error nothing of it was added.
  [[nodiscard]] Status Add(const StatsdLine& line);

  // Updates the table; to be called at each tick. Returns true if it has changed.
  bool Update(int64_t now_ns);
  const Table& table() const { return learned_.table(); }
  // Returns the values of the table's series at this tick. What counts since the last tick starts
  // again.
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
