// Who this machine is, and what it grants this process. For the composition roots only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
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

// A variable of this process' environment.
std::optional<std::string> EnvironmentVariable(const std::string& name);

// Raises the limit of open files as far as this process may, and says what it is now. (Shells and
// service managers start programs with 1,024, which is as many connections.)
uint64_t RaiseFileLimit();

// For a small process that runs for years: one arena for all threads, and what is freed goes back
// to the kernel. (gRPC allocates little; several arenas only spread it.) Before any thread starts.
void KeepMemorySmall();

// Debian builds abseil with its search for locks that are taken in turns, and gRPC pays for it at
// every lock: a pair of them costs 122 ns with it, 24 ns without. Before any thread starts.
void SkipLockOrderSearch();

// What is free in the heap goes back to the kernel now.
void ReturnFreeMemory();

// Unmaps what this program has touched of its own code and constants: most of it was for the start
// (settings, the first handshake). What is used again comes back from the page cache, 64 KiB a
// fault; the rest no longer counts as used memory and may go when memory is short.
void ForgetStartup();

// What a path leads to when all links are followed. An error when it leads nowhere, or may not be
// followed; kDeadlineExceeded when a file system on its way does not answer within
// kResolvePatience.
inline constexpr absl::Duration kResolvePatience = absl::Seconds(1);
[[nodiscard]] StatusOr<std::string> ResolveLinks(const std::string& path);

// This program again, in this process, with the same command line. Returns only when that fails.
// Signals that are held (signal_hold.h) stay so, and one that is pending is the new program's.
Status BeginAnew();
// Children of the program that this process was before BeginAnew: waits for their end, 2 s at most.
void ReapLeftovers();

// The threads of this process that do not sleep, but for the one that asks: "writer D, query-0 R".
// D waits for a device, in most cases a disk; R runs.
std::string BusyThreads();

// Resident memory of this process; 0 when the kernel does not say.
uint64_t ResidentBytes();

}  // namespace godwit
