#include "tests/sim/shrink.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace godwit::sim {
namespace {

using RealClock = std::chrono::steady_clock;

class Shrinker {
 public:
  Shrinker(uint64_t seed, const ShrinkOptions& options)
      : seed_(seed),
        farm_(options.farm),
        trials_max_(options.trials_max),
        deadline_(RealClock::now() + absl::ToChronoNanoseconds(options.time_max)) {
    farm_.processes = 1;
  }

  ShrunkSeed Run() {
    if (!TryWithout(0, 0)) return std::move(shrunk_);
    shrunk_.struck_before = shrunk_.struck.size();
    size_t chunk = (shrunk_.struck.size() + 1) / 2;
    while (!shrunk_.struck.empty()) {
      const bool dropped = Pass(chunk);
      if (shrunk_.limited || (chunk == 1 && !dropped)) break;
      chunk = std::max<size_t>(1, chunk / 2);
    }
    return std::move(shrunk_);
  }

 private:
  // Tries to leave out each `chunk` of the remaining faults. Returns whether one could be.
  bool Pass(size_t chunk) {
    bool dropped = false;
    size_t end = shrunk_.struck.size();
    while (end > 0 && !Limited()) {
      const size_t begin = end > chunk ? end - chunk : 0;
      dropped |= TryWithout(begin, end);
      end = std::min(begin, shrunk_.struck.size());
    }
    return dropped;
  }

  bool Limited() {
    shrunk_.limited = shrunk_.trials >= trials_max_ || RealClock::now() >= deadline_;
    return shrunk_.limited;
  }

  // Runs the seed without these of the remaining faults. Leaves them out for good if it breaks.
  bool TryWithout(size_t begin, size_t end) {
    FarmOptions farm = farm_;
    for (size_t i = begin; i < end; ++i) farm.life.left_out.insert(shrunk_.struck[i].number);
    ++shrunk_.trials;
    FarmResult result = RunSeeds(seed_, 1, farm);
    if (result.broken.empty()) return false;
    farm_ = std::move(farm);
    shrunk_.violations = std::move(result.broken[0].violations);
    // Not the previous list less some: a fault that was impossible may have become possible.
    shrunk_.struck = std::move(result.broken[0].struck);
    return true;
  }

  const uint64_t seed_;
  FarmOptions farm_;
  const uint64_t trials_max_;
  const RealClock::time_point deadline_;
  ShrunkSeed shrunk_;
};

}  // namespace

ShrunkSeed Shrink(uint64_t seed, const ShrinkOptions& options) {
  return Shrinker(seed, options).Run();
}

}  // namespace godwit::sim
