// How many lives a test looks at.
#pragma once

#include <cstdint>

namespace godwit::sim {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

#ifdef GODWIT_EMULATED
inline constexpr bool kEmulated = true;
#else
inline constexpr bool kEmulated = false;
#endif

// The sanitizer and an emulator of another processor look at fewer lives, some ten times slower.
inline constexpr bool kSlow = kSanitized || kEmulated;
inline constexpr uint64_t kSeeds = kSlow ? 40 : 500;

}  // namespace godwit::sim
