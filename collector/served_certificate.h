// The certificate that devices are shown, and the authority of theirs. It can be exchanged while
// connections are served: they continue unchanged, and the next handshake uses the new one.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "settings/tls_files.h"

namespace grpc {
class ServerCredentials;
}  // namespace grpc

namespace godwit::collector {

// The certificate in use. Thread-safe. Outlives the servers that use it.
class ServedCertificate {
 public:
  // `texts` have passed ReadTlsFiles. Without a certificate devices are served in plaintext.
  explicit ServedCertificate(TlsTexts texts);

  bool is_plaintext() const { return plaintext_; }
  // Returns whether devices need a certificate. Neither this nor is_plaintext changes during the
  // life of a server.
  bool asks_devices() const { return asks_devices_; }

  // Exchanges the three texts for others of the same kind (is_plaintext, asks_devices). Returns
  // whether they differ.
  bool Exchange(TlsTexts texts);
  // Returns when the certificate expires; absl::InfiniteFuture() in plaintext.
  absl::Time expires() const;

  // Returns the credentials for a server. Its handshakes ask this object.
  std::shared_ptr<grpc::ServerCredentials> Credentials();

  // The texts, and how often they have been exchanged.
  struct Current {
    TlsTexts texts;
    uint64_t exchanges = 0;
  };
  Current Read() const;

 private:
  const bool plaintext_;
  const bool asks_devices_;
  mutable Mutex mutex_;
  Current current_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace godwit::collector
