// Everything that may befall a simulated life, one row a kind: how often, when it is possible, what
// it does.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "absl/time/time.h"
#include "tests/sim/fault_draw.h"
#include "tests/sim/world.h"

namespace godwit::sim {

// What a life must remember of its faults until they heal.
struct Afflictions {
  std::map<const SimMachine*, absl::Duration> sick_until;  // one trouble a disk at a time
  absl::Duration collector_away_until = absl::ZeroDuration();
  absl::Duration collector_misreads_until = absl::ZeroDuration();
};

struct FaultContext {
  World& world;
  SimMachine& machine;  // of a kind that befalls one
  FaultDraw& draw;
  Afflictions& afflictions;
};

enum class Befalls { kWorld, kMachine };

struct FaultKind {
  const char* name;
  Befalls befalls;
  uint64_t permille;  // of the minutes
  bool known_defect;  // it runs into one that is not mended yet: LifeOptions::known_defects
  bool (*possible)(const FaultContext&);
  void (*strike)(const FaultContext&);
};

// In an order that never changes: a fault's number has its row. New kinds go to the end.
const std::vector<FaultKind>& FaultTable();

// Nothing fails any more.
void Heal(World& world);
void HealDisk(SimMachine& machine);

}  // namespace godwit::sim
