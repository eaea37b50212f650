// Ids that are no identity, since many machines have them.
#pragma once

#include <string>
#include <string_view>

namespace godwit::agent {

// Why `id` does not tell this device from others, and what to do; empty: nothing is known against
// it. Known are host names that images and kernels start with, and serial numbers that firmware has
// where nobody set one.
std::string SharedIdentity(std::string_view id);

}  // namespace godwit::agent
