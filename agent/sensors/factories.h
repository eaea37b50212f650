// The table of sensor types. A sensor is made even if its sources are missing or broken: each
// reading reports that until they are there. `input` must outlive the sensor.
#pragma once

#include <functional>
#include <memory>

#include "agent/sensors/agent_statistics.h"
#include "agent/sensors/options.h"
#include "codec/sensor.h"
#include "platform/datagrams.h"
#include "platform/file_system.h"
#include "platform/program.h"
#include "platform/sensor_input.h"

namespace godwit::agent {

// Makes the sensor of this machine's cpu, memory, disks, interfaces …
[[nodiscard]] StatusOr<std::unique_ptr<Sensor>> MakeSystemSensor(const SystemOptions& options,
                                                                 SensorInput& input);
// Makes the sensor of the agent itself.
using ReadStatistics = std::function<AgentStatistics()>;
std::unique_ptr<Sensor> MakeAgentSensor(const Attributes& attributes, ReadStatistics statistics,
                                        SensorInput& input);
// Make the sensors that read chips over a bus. They can block, each of their devices by itself.
std::unique_ptr<Sensor> MakeThermalSensor(const DeviceOptions& options, SensorInput& input);
std::unique_ptr<Sensor> MakeHwmonSensor(const DeviceOptions& options, SensorInput& input);
std::unique_ptr<Sensor> MakePowerSensor(const DeviceOptions& options, SensorInput& input);
std::unique_ptr<Sensor> MakeWearSensor(const DeviceOptions& options, SensorInput& input);
// Makes the sensor of a number in a file. Can block.
std::unique_ptr<Sensor> MakeFileSensor(const FileOptions& options, SensorInput& input);
// Makes the sensor of a program's output. Blocks for as long as the program runs. `runner` must
// outlive the sensor.
std::unique_ptr<Sensor> MakeExecSensor(const ExecOptions& options, ProgramRunner& runner);
// Makes the sensor of values that programs on this machine send.
std::unique_ptr<Sensor> MakeStatsdSensor(const StatsdOptions& options, OpenDatagrams receive);
// Makes the sensor of recorded values: a CSV file, read as needed.
[[nodiscard]] StatusOr<std::unique_ptr<Sensor>> MakeReplaySensor(
    const ReplayOptions& options, std::unique_ptr<ReadableFile> recording);
// Makes the sensor of computed values, for trials and tests.
[[nodiscard]] StatusOr<std::unique_ptr<Sensor>> MakePatternSensor(const PatternOptions& options);

}  // namespace godwit::agent
