// Defines the packets on the spawner's socket. A request is one packet: Header, then the strings of
// the command and of the environment ("NAME=value"), each followed by a zero. Three descriptors
// come with it: for output, for error output, and a socket over which the Ending comes when the
// program is gone. Closing that socket ends the program.
#pragma once

#include <cstddef>
#include <cstdint>

namespace godwit::spawner {

struct Header {
  uint32_t deadline_ms = 0;
  uint32_t words = 0;      // of the command
  uint32_t variables = 0;  // of the environment
};

// The reason why the spawner refuses to start a program that the kernel could start.
enum class Refusal : uint8_t {
  kNone,
  kTooManyRun,   // kProgramsMax
  kStillHangs,   // the same command was left behind, and is still there
  kTooManyHang,  // kLeftBehindMax
};

struct Ending {
  int32_t error = 0;  // an errno: it could not be started
  int32_t code = 0;   // exit code, or signal
  uint8_t signalled = 0;
  uint8_t deadline = 0;     // it was ended because its time was over
  uint8_t left_behind = 0;  // it did not end when it was killed: it hangs in the kernel
  uint8_t starting = 0;     // and it never came to run: its file does not load
  Refusal refusal = Refusal::kNone;
  uint32_t hanging = 0;  // programs that are left behind now
  uint32_t starts = 0;   // of the spawner itself: more than one, and it was started again
};

inline constexpr size_t kRequestBytesMax = 64 * 1024;
inline constexpr size_t kDescriptors = 3;
// The most programs that run at the same time.
inline constexpr size_t kProgramsMax = 64;
// The most programs that no signal ends. Each costs a process until its file system answers.
inline constexpr size_t kLeftBehindMax = 48;

}  // namespace godwit::spawner
