// Simulated sensors whose information is known: each draws its samples from a distribution that a
// hidden state fixes, and counts -log2 of what it drew. No code that sees only the samples can take
// fewer bits on average; how many more it must take, to learn the states, nobody knows.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <numbers>
#include <random>
#include <utility>
#include <variant>
#include <vector>

#include "base/text.h"
#include "bench/data/data_set.h"

namespace godwit::bench {
namespace {

// The distributions of <random> differ between libraries; these do not.
class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  double Uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
  bool Chance(double probability) { return Uniform() < probability; }
  double Normal() {
    const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
    return radius * std::cos(2 * std::numbers::pi * Uniform());
  }
  int64_t Poisson(double rate) {
    double left = Uniform();
    double probability = std::exp(-rate);
    int64_t count = 0;
    for (; left >= probability && count < 1000; ++count) {
      left -= probability;
      probability *= rate / static_cast<double>(count + 1);
    }
    return count;
  }

 private:
  std::mt19937_64 engine_;
};

double NormalBelow(double x) {
  return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

// Bits of a value that is a normal variable rounded to whole steps.
double BitsOfRounded(int64_t step, double mean, double sigma) {
  const auto x = static_cast<double>(step);
  const double probability =
      NormalBelow((x + 0.5 - mean) / sigma) - NormalBelow((x - 0.5 - mean) / sigma);
  return -std::log2(std::max(probability, 1e-300));
}

double BitsOfPoisson(int64_t count, double rate) {
  const auto k = static_cast<double>(count);
  return (rate - k * std::log(rate) + std::lgamma(k + 1)) / std::numbers::ln2;
}

double BitsOfChance(bool happened, double probability) {
  return -std::log2(happened ? probability : 1 - probability);
}

// One sample, its bits added to the second argument.
using Source = std::function<Value(Dice&, double&)>;

// A level that wanders, read with noise and rounded to steps; `out` makes the value of the steps.
Source Noisy(double level, double sigma, double wander, std::function<Value(int64_t)> out) {
  return [=](Dice& dice, double& bits) mutable -> Value {
    level += wander * dice.Normal();
    const auto step = static_cast<int64_t>(std::llround(level + sigma * dice.Normal()));
    bits += BitsOfRounded(step, level, sigma);
    return out(step);
  };
}

// Returns a source that reads `source` only every `period` samples, at a known phase.
Source Refreshed(Source source, int period, int phase) {
  return [=, last = Value(), tick = phase](Dice& dice, double& bits) mutable -> Value {
    if (tick++ % period == 0 || std::holds_alternative<std::monostate>(last)) {
      last = source(dice, bits);
    }
    return last;
  };
}

Source Counting(int64_t start, std::function<int64_t(Dice&, double&)> step) {
  return [=, count = start](Dice& dice, double& bits) mutable -> Value {
    count += step(dice, bits);
    return count;
  };
}

// On and off for some 20 and 60 samples. The switch is part of the hidden state and costs nothing.
std::function<bool(Dice&)> Bursts() {
  return [on = false](Dice& dice) mutable {
    if (dice.Chance(on ? 1.0 / 20 : 1.0 / 60)) on = !on;
    return on;
  };
}

Source Packets(double rate) {
  return Counting(0, [=, burst = Bursts()](Dice& dice, double& bits) mutable {
    const double now = burst(dice) ? rate : 0.2;
    const int64_t count = dice.Poisson(now);
    bits += BitsOfPoisson(count, now);
    return count;
  });
}

Source Bytes(double rate) {
  return Counting(0, [=, burst = Bursts()](Dice& dice, double& bits) mutable -> int64_t {
    if (!burst(dice)) {
      const int64_t packets = dice.Poisson(0.2);
      bits += BitsOfPoisson(packets, 0.2);
      return packets * 66;
    }
    const auto count = static_cast<int64_t>(std::llround(rate * (1 + 0.05 * dice.Normal())));
    bits += BitsOfRounded(count, rate, rate * 0.05);
    return count;
  });
}

Source Events(double rate) {
  return Counting(0, [=](Dice& dice, double& bits) {
    const int64_t count = dice.Poisson(rate);
    bits += BitsOfPoisson(count, rate);
    return count;
  });
}

// One of `names`, changing now and then to any of the others.
Source States(std::vector<Value> names, double chance) {
  return [=, now = size_t{0}](Dice& dice, double& bits) mutable -> Value {
    const bool change = dice.Chance(chance);
    bits += BitsOfChance(change, chance);
    if (change) {
      const size_t others = names.size() - 1;
      now = (now + 1 + static_cast<size_t>(dice.Uniform() * static_cast<double>(others))) %
            names.size();
      bits += std::log2(static_cast<double>(others));
    }
    return names[now];
  };
}

// A double with all its bits: the probability of its place between its neighbours.
Source Raw(double level, double sigma, double wander) {
  return [=](Dice& dice, double& bits) mutable -> Value {
    level += wander * dice.Normal();
    const double value = level + sigma * dice.Normal();
    const double distance = (value - level) / sigma;
    const double spacing = std::nextafter(value, std::numeric_limits<double>::infinity()) - value;
    bits += (0.5 * distance * distance + 0.5 * std::log(2 * std::numbers::pi)) / std::numbers::ln2 +
            std::log2(sigma / spacing);
    return value;
  };
}

std::function<Value(int64_t)> Decimal(double divisor) {
  return [=](int64_t step) -> Value { return static_cast<double>(step) / divisor; };
}
Value FloatDecimal(int64_t step) {
  return static_cast<double>(static_cast<float>(step) / 100.0F);
}
Value Sixteenths(int64_t step) {
  return static_cast<double>(step) / 16;
}
Value Integer(int64_t step) {
  return step;
}

struct Sort {
  size_t count;
  const char* name;
  const char* unit;
  Kind kind;
  std::function<Source(Dice&, size_t)> make;
};

std::vector<Sort> Sorts() {
  const auto noisy = [](double low, double high, double sigma, double wander, auto out) {
    return [=](Dice& dice, size_t) { return Noisy(dice.Uniform(low, high), sigma, wander, out); };
  };
  return {
      {50, "temperature", "Cel", Kind::kGauge, noisy(150, 700, 0.4, 0.03, Decimal(10))},
      {50, "temperature.slow", "Cel", Kind::kGauge,
       [](Dice& dice, size_t i) {
         return Refreshed(Noisy(dice.Uniform(150, 700), 0.4, 0.07, Decimal(10)), 5,
                          static_cast<int>(i % 5));
       }},
      {20, "temperature.ds18b20", "Cel", Kind::kGauge, noisy(200, 500, 0.5, 0.03, Sixteenths)},
      {50, "pressure", "hPa", Kind::kGauge, noisy(98'000, 103'000, 3, 0.4, Decimal(100))},
      {30, "voltage", "V", Kind::kGauge, noisy(3'200, 24'000, 4, 0.5, Decimal(1000))},
      {25, "current", "A", Kind::kGauge, noisy(100, 8'000, 4, 0.7, Decimal(1000))},
      {40, "humidity", "%", Kind::kGauge, noisy(2'000, 9'000, 1.5, 0.2, FloatDecimal)},
      {25, "packets", "{packet}", Kind::kCounter,
       [](Dice& dice, size_t) { return Packets(dice.Uniform(5, 100)); }},
      {25, "bytes", "By", Kind::kCounter,
       [](Dice& dice, size_t) { return Bytes(dice.Uniform(2'000, 100'000)); }},
      {40, "events", "{event}", Kind::kCounter,
       [](Dice& dice, size_t) { return Events(dice.Uniform(0.002, 0.1)); }},
      {5, "uptime", "s", Kind::kCounter,
       [](Dice& dice, size_t) {
         return Counting(static_cast<int64_t>(dice.Uniform(1e3, 1e7)),
                         [](Dice&, double&) { return 1; });
       }},
      {5, "energy", "W.h", Kind::kCounter,
       [](Dice& dice, size_t) { return Events(dice.Uniform(1, 6)); }},
      {50, "adc", "1", Kind::kGauge, noisy(300, 3'800, 2, 0.2, Integer)},
      {40, "input", "1", Kind::kUpDown,
       [](Dice& dice, size_t) {
         return States({int64_t{0}, int64_t{1}}, dice.Uniform(0.0005, 0.01));
       }},
      {10, "mode", "", Kind::kState,
       [](Dice&, size_t) {
         return States({"idle", "running", "stopped", "fault"}, 0.003);
       }},
      {20, "constant", "1", Kind::kGauge,
       [](Dice& dice, size_t) {
         const double value = std::round(dice.Uniform(0, 1000)) / 10;
         return [=](Dice&, double&) -> Value { return value; };
       }},
      {15, "power", "W", Kind::kGauge,
       [](Dice& dice, size_t) { return Raw(dice.Uniform(50, 900), 0.5, 0.05); }},
  };
}

}  // namespace

DataSet MakeSensors(uint64_t seed, size_t ticks) {
  DataSet set{.name = "sensors"};
  Dice dice(seed);
  DataGroup group;
  for (const Sort& sort : Sorts()) {
    for (size_t i = 0; i < sort.count; ++i) {
      group.table.series.push_back({.name = Cat("plant.", sort.name),
                                    .unit = sort.unit,
                                    .kind = sort.kind,
                                    .attributes = {{"index", Cat(i)}}});
      Column& column = group.columns.emplace_back();
      Source source = sort.make(dice, i);
      for (size_t t = 0; t < ticks; ++t) column.Append(source(dice, set.bound_bits));
    }
  }
  for (size_t t = 0; t < ticks; ++t) {
    group.ticks.push_back(
        {1'790'000'000'000'000'000 + static_cast<int64_t>(t) * set.interval_ns, 0});
  }
  set.groups.push_back(std::move(group));
  return set;
}

}  // namespace godwit::bench
