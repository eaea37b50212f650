#include "collector/served_certificate.h"

#include <grpc/grpc_security.h>
#include <grpcpp/grpcpp.h>

#include <string>
#include <utility>

#include "base/certificates.h"
#include "base/check.h"
#include "base/mutex.h"

namespace godwit::collector {
namespace {

// gRPC's C core asks a function for the certificate at each handshake. Its C++ layer (1.51) offers
// only certificates that never change, and a provider that polls files and serves a key that does
// not belong to its certificate.
class FetchingCredentials final : public grpc::ServerCredentials {
 public:
  explicit FetchingCredentials(ServedCertificate& served) : served_(served) {
    credentials_ = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            served.asks_devices() ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                  : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
            &FetchingCredentials::Fetch, this));
  }
  ~FetchingCredentials() override { grpc_server_credentials_release(credentials_); }

  // Nothing of the collector sets one.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {
    GODWIT_CHECK(false);
  }

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  // Under a lock of gRPC's. A configuration that gRPC cannot use leaves the one before in force.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    auto& credentials = *static_cast<FetchingCredentials*>(self);
    const ServedCertificate::Current current = credentials.served_.Read();
    if (std::exchange(credentials.fetched_, current.exchanges + 1) == current.exchanges + 1) {
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    }
    const grpc_ssl_pem_key_cert_pair pair{current.texts.key.c_str(),
                                          current.texts.certificate.c_str()};
    // gRPC insists on an authority also where clients are asked for no certificate.
    const std::string& ca =
        credentials.served_.asks_devices() ? current.texts.ca : current.texts.certificate;
    *config = grpc_ssl_server_certificate_config_create(ca.c_str(), &pair, 1);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  ServedCertificate& served_;
  uint64_t fetched_ = 0;  // one more than the exchanges that gRPC has seen; 0: it has seen nothing
  grpc_server_credentials* credentials_;
};

}  // namespace

ServedCertificate::ServedCertificate(TlsTexts texts)
    : plaintext_(texts.certificate.empty()),
      asks_devices_(!texts.ca.empty()),
      current_{.texts = std::move(texts)} {}

bool ServedCertificate::Exchange(TlsTexts texts) {
  const MutexLock lock(mutex_);
  if (texts == current_.texts) return false;
  current_.texts = std::move(texts);
  ++current_.exchanges;
  return true;
}

ServedCertificate::Current ServedCertificate::Read() const {
  const MutexLock lock(mutex_);
  return current_;
}

absl::Time ServedCertificate::expires() const {
  return plaintext_ ? absl::InfiniteFuture() : CertificateExpires(Read().texts.certificate);
}

std::shared_ptr<grpc::ServerCredentials> ServedCertificate::Credentials() {
  if (plaintext_) return grpc::InsecureServerCredentials();
  return std::make_shared<FetchingCredentials>(*this);
}

}  // namespace godwit::collector
