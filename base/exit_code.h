// The exit codes of all three programs, documented in docs/operations.md. They follow sysexits.h
// where one fits.
#pragma once

namespace godwit {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 64;
inline constexpr int kExitUnreachable = 69;
inline constexpr int kExitStorage = 74;
inline constexpr int kExitPermission = 77;
inline constexpr int kExitSettings = 78;

}  // namespace godwit
