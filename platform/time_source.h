// What synchronises a device's wall clock, as far as the device can know.
#pragma once

#include <cstdint>
#include <string_view>

namespace godwit {

// A source of time. Those from kKernel on count as synchronised.
enum class TimeSource : uint8_t {
  kNone,        // the kernel reports that the clock is not synchronised
  kUnknown,     // the kernel does not answer, and no other source is known
  kKernel,      // the kernel reports that a program keeps the clock synchronised
  kErrorBound,  // the kernel does not, but a program maintains its bound on the clock's error
  kTimesyncd,   // the kernel does not answer, but systemd-timesyncd synchronised the clock recently
};

constexpr bool IsSynchronised(TimeSource source) {
  return source >= TimeSource::kKernel;
}

// Returns the name on the wire and in JSON.
constexpr std::string_view NameOf(TimeSource source) {
  switch (source) {
    case TimeSource::kNone:
      return "none";
    case TimeSource::kUnknown:
      break;
    case TimeSource::kKernel:
      return "kernel";
    case TimeSource::kErrorBound:
      return "kernel-error-bound";
    case TimeSource::kTimesyncd:
      return "timesyncd";
  }
  return "unknown";
}

}  // namespace godwit
