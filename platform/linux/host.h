// Who this machine is. Read once, by the composition roots only.
#pragma once

#include <string>

#include "base/names.h"
#include "base/status.h"

namespace godwit {

// /etc/machine-id: 32 hexadecimal digits. It is confidential (machine-id(5)): hash it before it
// leaves the machine.
StatusOr<std::string> MachineId();
StatusOr<std::string> Hostname();
// The device tree's or the firmware's serial number.
StatusOr<std::string> SerialNumber();
// /proc/sys/kernel/random/boot_id as 16 bytes.
StatusOr<BootId> CurrentBootId();

}  // namespace godwit
