// Recognises ids that many machines share, and that therefore identify none.
#pragma once

#include <string>
#include <string_view>

namespace godwit::agent {

// Returns why `id` does not distinguish this device from others, and what to do; empty: there is
// nothing against it. Recognised are the default host names of images and kernels, and the serial
// numbers of firmware in which nobody set one.
std::string SharedIdentity(std::string_view id);

}  // namespace godwit::agent
