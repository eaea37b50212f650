// SensorInput over pread(2) on descriptors kept open. Thread-safe; its files are not.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/linux/mount_probe.h"
#include "platform/sensor_input.h"

namespace godwit {

class LinuxSensorInput final : public SensorInput {
 public:
  StatusOr<std::unique_ptr<SensorFile>> Open(const std::string& path) override;
  StatusOr<std::unique_ptr<SensorFile>> OpenRecord(const std::string& path) override;
  StatusOr<std::unique_ptr<SensorFile>> OpenRows(const std::string& path) override;
  StatusOr<std::vector<std::string>> List(const std::string& folder) override;
  StatusOr<std::string> LinkTarget(const std::string& path) override;
  std::vector<StatusOr<FileSystemUsage>> UsagesOf(
      const std::vector<MountedFileSystem>& mounts) override;
  double SecondsSinceBoot() override;

 private:
  MountProbe mounts_{AskMount};
};

// Returns an input that lives as long as the process, because a reading that hangs may outlast
// everything else.
SensorInput& EndlessSensorInput();

}  // namespace godwit
