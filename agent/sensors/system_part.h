// A part of the system sensor: a group with what one or two kernel files say.
#pragma once

#include <memory>
#include <vector>

#include "agent/sensors/kernel_files.h"
#include "agent/sensors/options.h"
#include "base/status.h"
#include "codec/table.h"
#include "codec/value.h"

namespace godwit::agent {

class SystemPart {
 public:
  virtual ~SystemPart() = default;
  virtual const Table& table() const = 0;
  virtual uint64_t layout() const { return 0; }  // changes with the table
  // Sets as many values as the table has series.
  [[nodiscard]] virtual Status Read(std::vector<Value>& values) = 0;
};

// `files` outlives the part.
using MakeSystemPart = std::unique_ptr<SystemPart> (*)(KernelFiles& files,
                                                       const SystemOptions& options);

std::unique_ptr<SystemPart> MakeCpuPart(KernelFiles& files, const SystemOptions& options);
std::unique_ptr<SystemPart> MakeLoadPart(KernelFiles& files, const SystemOptions& options);
std::unique_ptr<SystemPart> MakeMemoryPart(KernelFiles& files, const SystemOptions& options);
std::unique_ptr<SystemPart> MakePagingPart(KernelFiles& files, const SystemOptions& options);
std::unique_ptr<SystemPart> MakeDiskPart(KernelFiles& files, const SystemOptions& options);
std::unique_ptr<SystemPart> MakeFileSystemPart(KernelFiles& files, const SystemOptions& options);
std::unique_ptr<SystemPart> MakeNetworkPart(KernelFiles& files, const SystemOptions& options);
std::unique_ptr<SystemPart> MakeProcessesPart(KernelFiles& files, const SystemOptions& options);
std::unique_ptr<SystemPart> MakeUptimePart(KernelFiles& files, const SystemOptions& options);

}  // namespace godwit::agent
