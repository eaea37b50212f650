// The exit codes of all three programs, documented in docs/operations.md. They follow sysexits.h
// where one fits.
#pragma once

namespace godwit {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;        // any other failure
inline constexpr int kExitUsage = 64;        // a wrong command line
inline constexpr int kExitUnreachable = 69;  // nobody answers, or an address or folder is in use
inline constexpr int kExitStorage = 74;      // the spool or the store cannot be opened or read
inline constexpr int kExitPermission = 77;   // not permitted, or the files belong to another user
inline constexpr int kExitSettings = 78;     // the settings cannot be used

}  // namespace godwit
