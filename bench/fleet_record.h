// What a device of the benches sends: about a minute of the shipped settings.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "codec/batch.h"
#include "codec/table.h"

namespace godwit::bench {

// The tables of a device, by id, encoded; the same for each device.
std::vector<std::pair<TableId, std::string>> FleetTables();

// Six ticks of 24 series in five groups, 10 s apart, the last at `end_unix_ns`: some 760 bytes when
// encoded. `seed` chooses the values.
Batch FleetBatch(uint64_t seed, int64_t end_unix_ns);

// The moment of its period at which a device seals its batches, from 0 to 1, as the agent chooses
// it.
double SealingMoment(const std::string& device_id);

}  // namespace godwit::bench
