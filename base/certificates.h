// PEM texts: whether TLS can work with them. Pure; the texts are never repeated in messages.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "base/status.h"

namespace godwit {

// OK: `pem` begins with at least one certificate that can be read. kInvalidArgument says what is
// there instead, as the end of a sentence about a file: "is empty", "holds no certificate".
[[nodiscard]] Status CheckCertificates(const std::string& pem);

// OK: `pem` begins with a private key that can be read without a passphrase.
[[nodiscard]] Status CheckPrivateKey(const std::string& pem);

// OK: the key is the one of the first certificate. Only for texts that the checks above take.
[[nodiscard]] Status CheckKeyBelongs(const std::string& certificate_pem,
                                     const std::string& key_pem);

// When the first certificate expires. Only for texts that CheckCertificates takes; else
// absl::InfinitePast().
[[nodiscard]] absl::Time CertificateExpires(const std::string& pem);

}  // namespace godwit
