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

// Why a program that the kernel may well start is not started.
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
// Programs that run beside each other.
inline constexpr size_t kProgramsMax = 64;
// Programs that no signal ends. They cost a process each until their file system answers.
inline constexpr size_t kLeftBehindMax = 48;

}  // namespace godwit::spawner
