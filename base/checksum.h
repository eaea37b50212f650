// Checksums and hashes: XXH3-64 against damage (every format of ours), SHA-256 where a name must be
// the same on every machine and nobody may forge it (table ids, device ids).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace godwit {

// XXH3 with 64 bits of output; `seed` mixes in what the bytes themselves do not say (a position, a
// run id), so that stale bytes in the right shape do not validate.
uint64_t Checksum(std::string_view bytes, uint64_t seed = 0);

// The first 16 bytes of SHA-256.
std::string Sha256Prefix16(std::string_view bytes);

}  // namespace godwit
