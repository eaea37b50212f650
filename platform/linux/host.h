// Reads the identity of this machine, and adjusts what it grants this process. Only for the
// composition roots.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/names.h"
#include "base/status.h"

namespace godwit {

// Returns /etc/machine-id: 32 hexadecimal digits. It is confidential (machine-id(5)): hash it
// before it leaves the machine.
StatusOr<std::string> MachineId();
StatusOr<std::string> Hostname();
// Returns the serial number of the device tree or the firmware.
StatusOr<std::string> SerialNumber();
// Returns /proc/sys/kernel/random/boot_id as 16 bytes.
StatusOr<BootId> CurrentBootId();

// Returns a variable of this process' environment.
std::optional<std::string> EnvironmentVariable(const std::string& name);

// Raises the limit of open files as far as this process may, and returns it. (Shells and service
// managers start programs with 1,024, which is as many connections.)
uint64_t RaiseFileLimit();

// Keeps memory small, for a process that runs for years: one arena for all threads, and freed
// memory returns to the kernel. (gRPC allocates little; several arenas only spread it.) To be
// called before any thread starts.
void KeepMemorySmall();

// Turns off abseil's search for lock order inversions, which Debian's build enables and gRPC pays
// for at every lock: a pair of them costs 122 ns with it, 24 ns without. To be called before any
// thread starts.
void SkipLockOrderSearch();

// Returns the free memory of the heap to the kernel now.
void ReturnFreeMemory();

// Unmaps the code and constants that this program has touched: most of it was for the start
// (settings, the first handshake). What is used again comes back from the page cache, 64 KiB a
// fault; the rest no longer counts as used memory and may be evicted when memory is short.
void ForgetStartup();

// Returns the target of a path when all links are followed. An error: it leads nowhere, or may not
// be followed; kDeadlineExceeded: a file system on its way has not answered within
// kResolvePatience.
inline constexpr absl::Duration kResolvePatience = absl::Seconds(1);
[[nodiscard]] StatusOr<std::string> ResolveLinks(const std::string& path);

// Starts this program again in this process, with the same command line. Returns only if that
// fails. Held signals (signal_hold.h) stay held, and a pending one goes to the new program.
Status BeginAnew();
// Waits for children of the program that this process was before BeginAnew to end, 2 s at most.
void ReapLeftovers();

// Returns the threads of this process that do not sleep, without the one that asks: "writer D,
// query-0 R". D waits for a device, in most cases a disk; R runs.
std::string BusyThreads();

// Returns the resident memory of this process; 0 if the kernel does not report it.
uint64_t ResidentBytes();

}  // namespace godwit
