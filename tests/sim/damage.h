// A spool cut at every byte, and flipped at every byte: what it still gives is compared with what
// was written.
#pragma once

#include <cstdint>
#include <string>

namespace godwit::sim {

struct DamageReport {
  uint64_t segments = 0;
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t damages = 0;  // how many were tried
  // The first breach, with its place; empty when there is none.
  std::string violation;
};

// Every `stride`th byte.
DamageReport CutEverywhere(uint64_t stride = 1);
DamageReport FlipEverywhere(uint64_t stride = 1);

}  // namespace godwit::sim
