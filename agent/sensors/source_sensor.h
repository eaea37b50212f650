// A sensor over many small files with a value each: sysfs. What there is, is found by a search, and
// searched again when a file has failed and from time to time: chips and batteries come and go.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "agent/sensors/device_lanes.h"
#include "agent/sensors/options.h"
#include "agent/sensors/source.h"
#include "codec/sensor.h"
#include "platform/sensor_input.h"

namespace godwit::agent {

// Returns the sources that are there, in a stable order, those of one device together. It may list
// folders and read names, of a bus that hangs too. kNotFound when there is nothing to read.
using FindSources = std::function<StatusOr<std::vector<Source>>(SensorInput& input)>;

// What is missing is an error of each reading, and read as soon as it is there. A sensor that has
// one device only is read on its own thread, and needs no lanes.
std::unique_ptr<Sensor> MakeSourceSensor(SensorInput& input, FindSources find,
                                         Attributes attributes, LaneOptions lanes);

}  // namespace godwit::agent
