// What happened to a fleet of simulated devices, since its start.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace godwit::bench {

struct Tally {
  uint64_t sessions = 0;
  std::map<std::string, uint64_t> failures;  // ends of sessions and failed attempts, by status
  uint64_t committed = 0;
  uint64_t duplicates = 0;  // verdicts
  uint64_t not_taken = 0;   // any other verdict
  uint64_t commands = 0;    // carried out
  uint64_t fetched = 0;     // texts of revisions
  uint64_t applied = 0;     // revisions
  double last_fetched = 0;  // Loop::Now()
  // From the moment a record is due to its verdict, since they were printed last.
  std::vector<double> verdict_ms;
};

// How the devices are, at one moment.
struct FleetState {
  double now = 0;     // Loop::Now()
  uint64_t open = 0;  // have a session
  uint64_t back = 0;  // likewise, and all their records are settled
  uint64_t made = 0;  // records
  uint64_t settled = 0;
};

// One line of JSON on standard output; forgets the verdicts' times.
void Print(const FleetState& state, Tally& tally);

}  // namespace godwit::bench
