// The sensors of a simulated device, with a witness beside each who writes down what it gave.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/sampling/sampled_sensor.h"
#include "base/names.h"
#include "platform/clock.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

class Ledger;

// The network interfaces of a device, by name; they outlive its agents.
struct Interfaces {
  std::vector<std::string> names = {"eth0", "wlan0"};
  // One goes, comes back, or gets another name.
  void Change(SimScheduler& scheduler);
  // One of a container goes, and that of another comes, with a name that never was before.
  void Rename();

 private:
  uint64_t renamed_ = 0;
};

inline constexpr size_t kSimSensors = 3;  // of one group each
// count, every second; a mix of states, nulls and rounded numbers, every 7 s; a group that follows
// `interfaces`, every 5 s. The ledger, the clock and the interfaces outlive them.
std::vector<agent::SampledSensor> MakeSimSensors(Ledger& ledger, RunId run, const Clock& clock,
                                                 const Interfaces& interfaces);

}  // namespace godwit::sim
