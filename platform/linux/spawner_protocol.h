// What the two sides of the spawner's socket say. A request is one packet: Header, then the strings
// of the command and of the environment ("NAME=value"), each with a zero behind it; with it come
// three descriptors: where output goes, where error output goes, and a socket of its own, over
// which the Ending comes when the program is gone. Closing that socket ends the program.
#pragma once

#include <cstddef>
#include <cstdint>

namespace godwit::spawner {

struct Header {
  uint32_t deadline_ms = 0;
  uint32_t words = 0;      // of the command
  uint32_t variables = 0;  // of the environment
};

struct Ending {
  int32_t error = 0;  // an errno: it could not be started
  int32_t code = 0;   // exit code, or signal
  uint8_t signalled = 0;
  uint8_t deadline = 0;  // it was ended because its time was over
};

inline constexpr size_t kRequestBytesMax = 64 * 1024;
inline constexpr size_t kDescriptors = 3;

}  // namespace godwit::spawner
