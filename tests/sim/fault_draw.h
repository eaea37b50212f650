// Chance for one possible fault of one life, from the seed and the fault's number alone: what is
// drawn for one is the same whichever others strike or are left out.
#pragma once

#include <cstdint>
#include <iterator>

#include "absl/time/time.h"

namespace godwit::sim {

class FaultDraw {
 public:
  FaultDraw(uint64_t seed, uint64_t number) : state_(Mix(seed) ^ Mix(~number)) {}

  uint64_t Draw() { return Mix(state_ += 0x9e3779b97f4a7c15); }
  // True in so many of a thousand.
  bool Chance(uint64_t permille) { return Draw() % 1000 < permille; }
  absl::Duration Between(absl::Duration low, absl::Duration high) {
    return low + (high - low) * (Draw() % 1001) / 1000;
  }
  template <typename Choices>
  auto OneOf(const Choices& choices) {
    return choices[Draw() % std::size(choices)];
  }

 private:
  // SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
  static uint64_t Mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  uint64_t state_;
};

}  // namespace godwit::sim
