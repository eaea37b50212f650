// A part of the system sensor: a group with the contents of one or two kernel files.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "agent/sensors/faults.h"
#include "agent/sensors/kernel_files.h"
#include "agent/sensors/options.h"
#include "codec/table.h"
#include "codec/value.h"

namespace godwit::agent {

// A part of the system sensor. Confined to its sensor's reader.
class SystemPart {
 public:
  virtual ~SystemPart() = default;
  // Returns the series of the part's group. Only Read changes them.
  virtual const Table& table() const = 0;
  // Returns a number that differs from the one before whenever table() has changed.
  virtual uint64_t layout() const { return 0; }
  // Returns the number of ticks from one reading to the next.
  virtual uint32_t every() const { return 1; }
  // Returns the number of values so far that had no room in the table.
  virtual uint64_t refused() const { return 0; }
  // Returns whether Read may wait for anything but the kernel's memory.
  virtual bool may_block() const { return false; }
  // Fills `values`, which has the shape of table() and only nulls. If the table changes with this
  // reading, so does the shape of `values`. Values that cannot be read stay null and are named in
  // `faults`.
  virtual void Read(std::vector<Value>& values, Faults& faults) = 0;
};

// Makes a part; never null. `files` outlives the part.
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
