// Computes checksums and hashes: XXH3-64 detects damage (in each of our formats); SHA-256 makes
// names that are the same on every machine and cannot be forged (table ids, device ids).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace godwit {

// Returns the 64-bit XXH3 of the bytes. `seed` mixes in facts that the bytes do not contain (a
// position, a run id), so that stale bytes of the right shape do not validate.
uint64_t Checksum(std::string_view bytes, uint64_t seed = 0);

// Returns the first 16 bytes of the SHA-256 of the bytes.
std::string Sha256Prefix16(std::string_view bytes);

}  // namespace godwit
