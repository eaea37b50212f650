// The certificate that devices are shown, and the authority of theirs. It can be exchanged while
// connections are served: those go on as they are, the next handshake has the new one.
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

// Thread-safe. Outlives the servers that use it.
class ServedCertificate {
 public:
  // With texts that ReadTlsFiles has taken. Without a certificate devices are served in plaintext.
  explicit ServedCertificate(TlsTexts texts);

  bool is_plaintext() const { return plaintext_; }
  // Whether devices need a certificate of their own. Both are so for the life of a server.
  bool asks_devices() const { return asks_devices_; }

  // The same three texts as before, or others of the same kind (is_plaintext, asks_devices). True:
  // they differ.
  bool Exchange(TlsTexts texts);
  // When the certificate expires; absl::InfiniteFuture() in plaintext.
  absl::Time expires() const;

  // What a server listens with. Its handshakes ask this object.
  std::shared_ptr<grpc::ServerCredentials> Credentials();

  // The texts and how often they have been exchanged.
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
