// Batches from a seed: every sort of column there is, of sizes from nothing to thousands, beside
// columns that break their own rule. And damage to what they become.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "codec/batch.h"

namespace godwit::reference {

using Noise = std::mt19937_64;

enum class Sort {
  kNoise,  // any type, any bits
  kConstant,
  kCounter,
  kWrappingCounter,
  kGauge,  // an integer that wanders
  kDecimal,
  kFloatDecimal,
  kDouble,
  kState,
  kSwitch,   // seldom changes
  kUnit,     // the column before, times a factor
  kExtreme,  // the ends of every range
};
inline constexpr int kSortCount = 12;

// Some are null, and a few of another type, as often as `noise` will have it.
Column RandomColumn(Sort sort, size_t ticks, const Column* before, Noise& noise);
Batch RandomBatch(Noise& noise);

// A batch's bytes with a few of those inside its frame changed, and compressed again; or a few of
// all.
std::string Damaged(const std::string& bytes, Noise& noise);

}  // namespace godwit::reference
