// Checks whether TLS can use certificates and keys in PEM. Pure. Messages never repeat the texts.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "base/status.h"

namespace godwit {

// Returns OK if `pem` begins with at least one readable certificate. kInvalidArgument says what is
// there instead, as the end of a sentence about a file: "is empty", "holds no certificate".
[[nodiscard]] Status CheckCertificates(const std::string& pem);

// Returns OK if `pem` begins with a private key that can be read without a passphrase. Errors as in
// CheckCertificates.
[[nodiscard]] Status CheckPrivateKey(const std::string& pem);

// Returns OK if the key belongs to the first certificate; errors as in CheckCertificates. Only for
// texts that passed the checks above.
[[nodiscard]] Status CheckKeyBelongs(const std::string& certificate_pem,
                                     const std::string& key_pem);

// Returns when the first certificate expires; absl::InfinitePast() for texts that fail
// CheckCertificates.
[[nodiscard]] absl::Time CertificateExpires(const std::string& pem);

}  // namespace godwit
