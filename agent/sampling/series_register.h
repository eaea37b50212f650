// Registers all series of the device. Each belongs to one sensor, or its samples would count twice;
// and there are no more of them than the settings allow, whatever the sensors yield.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "codec/table.h"

namespace godwit::agent {

// Loop-confined.
class SeriesRegister {
 public:
  using Owner = uint32_t;

  explicit SeriesRegister(size_t max) : max_(max) {}

  struct Claim {
    // The columns that may be sampled, ascending.
    std::vector<size_t> admitted;
    uint64_t beyond_limit = 0;
    uint64_t not_ours = 0;  // or not allowed as they are
    std::string problem;    // the first
  };
  // Returns which series of `table` the owner may sample. The same table may be claimed again.
  Claim Register(Owner owner, const Table& table);
  // Releases what the owner had claimed and no longer yields.
  void Release(Owner owner);

  size_t size() const { return owners_.size(); }

 private:
  const size_t max_;
  // The owners by a 64-bit hash of the identity: 5,000 series take some 200 KB. That two of them
  // share a hash is less likely than a memory error.
  std::unordered_map<uint64_t, Owner> owners_;
};

}  // namespace godwit::agent
