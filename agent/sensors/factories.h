// The table of sensor types. A sensor is made although its sources are missing or broken: that is
// said at each reading, and ends when they are there. `input` must outlive the sensor.
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

// This machine's cpu, memory, disks, interfaces …
[[nodiscard]] StatusOr<std::unique_ptr<Sensor>> MakeSystemSensor(const SystemOptions& options,
                                                                 SensorInput& input);
// The agent itself.
using ReadStatistics = std::function<AgentStatistics()>;
std::unique_ptr<Sensor> MakeAgentSensor(const Attributes& attributes, ReadStatistics statistics,
                                        SensorInput& input);
// These four can block: a chip is asked over a bus. Each of their devices can block alone.
std::unique_ptr<Sensor> MakeThermalSensor(const DeviceOptions& options, SensorInput& input);
std::unique_ptr<Sensor> MakeHwmonSensor(const DeviceOptions& options, SensorInput& input);
std::unique_ptr<Sensor> MakePowerSensor(const DeviceOptions& options, SensorInput& input);
std::unique_ptr<Sensor> MakeWearSensor(const DeviceOptions& options, SensorInput& input);
// A number in a file. Can block.
std::unique_ptr<Sensor> MakeFileSensor(const FileOptions& options, SensorInput& input);
// What a program prints. Blocks as long as that runs. `runner` must outlive the sensor.
std::unique_ptr<Sensor> MakeExecSensor(const ExecOptions& options, ProgramRunner& runner);
// What programs on this machine send.
std::unique_ptr<Sensor> MakeStatsdSensor(const StatsdOptions& options, OpenDatagrams receive);
// Recorded values: a CSV file, read as it is needed.
[[nodiscard]] StatusOr<std::unique_ptr<Sensor>> MakeReplaySensor(
    const ReplayOptions& options, std::unique_ptr<ReadableFile> recording);
// Computed values, for trying things out and for tests.
[[nodiscard]] StatusOr<std::unique_ptr<Sensor>> MakePatternSensor(const PatternOptions& options);

}  // namespace godwit::agent
