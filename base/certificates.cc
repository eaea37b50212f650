#include "base/certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <string_view>

#include "base/text.h"

namespace godwit {
namespace {

struct Free {
  void operator()(BIO* memory) const { BIO_free(memory); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> Open(const std::string& pem) {
  return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// As gRPC reads them: the first must be good.
Owned<X509> FirstCertificate(const std::string& pem) {
  const Owned<BIO> memory = Open(pem);
  return Owned<X509>(PEM_read_bio_X509_AUX(memory.get(), nullptr, nullptr, nullptr));
}

// With an empty passphrase: without one OpenSSL would ask at the terminal.
Owned<EVP_PKEY> KeyIn(const std::string& pem) {
  char no_passphrase[] = "";
  const Owned<BIO> memory = Open(pem);
  return Owned<EVP_PKEY>(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, no_passphrase));
}

Status Bad(std::string_view what) {
  ERR_clear_error();
  return Error(StatusCode::kInvalidArgument, what);
}

}  // namespace

Status CheckCertificates(const std::string& pem) {
  if (pem.empty()) return Bad("is empty");
  if (FirstCertificate(pem) != nullptr) return absl::OkStatus();
  if (pem.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
    return Bad("holds a certificate that cannot be read: is the file whole?");
  }
  if (KeyIn(pem) != nullptr) return Bad("holds a private key and no certificate");
  return Bad("holds no certificate (PEM: -----BEGIN CERTIFICATE-----)");
}

Status CheckPrivateKey(const std::string& pem) {
  if (pem.empty()) return Bad("is empty");
  if (KeyIn(pem) != nullptr) return absl::OkStatus();
  if (pem.find("ENCRYPTED") != std::string::npos) {
    return Bad("holds a key with a passphrase; use a key without one");
  }
  if (pem.find("PRIVATE KEY-----") != std::string::npos) {
    return Bad("holds a private key that cannot be read: is the file whole?");
  }
  return Bad("holds no private key (PEM: -----BEGIN PRIVATE KEY-----)");
}

Status CheckKeyBelongs(const std::string& certificate_pem, const std::string& key_pem) {
  const Owned<X509> certificate = FirstCertificate(certificate_pem);
  const Owned<EVP_PKEY> key = KeyIn(key_pem);
  if (certificate != nullptr && key != nullptr &&
      X509_check_private_key(certificate.get(), key.get()) == 1) {
    return absl::OkStatus();
  }
  return Bad("is not the key of the certificate");
}

absl::Time CertificateExpires(const std::string& pem) {
  const Owned<X509> certificate = FirstCertificate(pem);
  std::tm expires{};
  if (certificate == nullptr ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &expires) != 1) {
    ERR_clear_error();
    return absl::InfinitePast();
  }
  return absl::FromTM(expires, absl::UTCTimeZone());
}

}  // namespace godwit
