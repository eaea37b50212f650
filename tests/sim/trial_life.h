// Configurations through everything that can befall a device, its card and its collector: power
// cuts, partitions, a copied card, a restored image, a restored collector, an owner who edits the
// device's own files, an endpoint that is gone for ever.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "collector/store/revision.h"

namespace godwit::sim {

struct TrialLifeResult {
  // Empty when all is well: every trial ended within its bound, what is confirmed has proved
  // itself, what runs is what is confirmed on top of the files in force, nothing is lost.
  std::string violations;
  std::map<collector::OfferState, int> offers;  // as the collector has them in the end
  std::map<std::string, int> reasons;           // of outcomes on the device, by how they begin
  std::map<std::string, int> states;            // interesting ones
};

TrialLifeResult RunTrialLife(uint64_t seed);

}  // namespace godwit::sim
