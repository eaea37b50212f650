// Makes sensors of many small files with a value each, as in sysfs. A search finds the files, and
// is repeated when a file has failed and from time to time, because chips and batteries come and
// go.
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

// Returns the existing sources in a stable order, those of one device together. It may list folders
// and read names, even on a bus that hangs. kNotFound: there is nothing to read.
using FindSources = std::function<StatusOr<std::vector<Source>>(SensorInput& input)>;

// Makes a sensor. A missing source is an error of each reading, and is read as soon as it exists. A
// sensor with only one device is read on its own thread and needs no lanes.
std::unique_ptr<Sensor> MakeSourceSensor(SensorInput& input, FindSources find,
                                         Attributes attributes, LaneOptions lanes);

}  // namespace godwit::agent
