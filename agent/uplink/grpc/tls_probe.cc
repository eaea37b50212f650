#include "agent/uplink/grpc/tls_probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace godwit::agent {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Freed<SSL_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

Memory Open(const std::string& pem) {
  return Memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

std::string TextOf(const X509_NAME* name) {
  const Memory out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_ONELINE);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

absl::Time TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return absl::FromTM(parts, absl::UTCTimeZone());
}

std::string Date(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

std::string ClockText(const TimeOfDay& time) {
  return Cat("this device's clock, which is ", time.synchronised ? "" : "not ",
             "synchronised, says ", Date(time.now));
}

// The names a certificate is good for.
std::string NamesOf(const X509* certificate) {
  auto* const names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::string text;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names, i);
    std::string one;
    if (name->type == GEN_DNS || name->type == GEN_URI) {
      const ASN1_STRING* const value =
          name->type == GEN_DNS ? name->d.dNSName : name->d.uniformResourceIdentifier;
      one.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                 static_cast<size_t>(ASN1_STRING_length(value)));
    } else if (name->type == GEN_IPADD) {
      char address[INET6_ADDRSTRLEN] = "";
      const int size = ASN1_STRING_length(name->d.iPAddress);
      inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(name->d.iPAddress), address,
                sizeof(address));
      one = address;
    }
    if (!one.empty()) text += Cat(text.empty() ? "" : ", ", one);
  }
  GENERAL_NAMES_free(names);
  return text.empty() ? "no name" : text;
}

// What speaks against a certificate's dates; empty when nothing does.
std::string CheckDates(const X509* certificate, std::string_view whose, const TimeOfDay& time) {
  const absl::Time first = TimeOf(X509_get0_notBefore(certificate));
  const absl::Time last = TimeOf(X509_get0_notAfter(certificate));
  if (time.now < first) {
    return Cat(whose, " is not valid before ", Date(first), "; ", ClockText(time));
  }
  if (time.now > last) return Cat(whose, " expired on ", Date(last), "; ", ClockText(time));
  return {};
}

Socket Connect(const std::string& address, absl::Duration patience) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  const auto port = static_cast<uint16_t>(std::atoi(address.substr(colon + 1).c_str()));
  sockaddr_in6 six{};
  sockaddr_in four{};
  sockaddr* at = nullptr;
  socklen_t size = 0;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    if (inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) != 1) return {};
    at = reinterpret_cast<sockaddr*>(&six);
    size = sizeof(six);
  } else {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    if (inet_pton(AF_INET, host.c_str(), &four.sin_addr) != 1) return {};
    at = reinterpret_cast<sockaddr*>(&four);
    size = sizeof(four);
  }
  Socket out(::socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit = absl::ToTimeval(patience);
  setsockopt(out.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  setsockopt(out.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  if (connect(out.fd(), at, size) != 0) return {};
  return out;
}

// Trusts what the agent trusts, shows what the agent shows.
Context MakeContext(const ChannelOptions& options) {
  Context context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  const Memory authorities = Open(options.ca);
  while (const Certificate authority{
      PEM_read_bio_X509(authorities.get(), nullptr, nullptr, nullptr)}) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get());
  }
  // As gRPC: any certificate of the bundle is an anchor.
  X509_STORE_set_flags(SSL_CTX_get_cert_store(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
  if (!options.certificate.empty()) {
    const Memory chain = Open(options.certificate);
    const Memory key = Open(options.key);
    const Certificate own(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
    char no_passphrase[] = "";  // without one OpenSSL would ask at the terminal
    const PrivateKey own_key(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, no_passphrase));
    if (own != nullptr) SSL_CTX_use_certificate(context.get(), own.get());
    while (X509* const link = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
      SSL_CTX_add_extra_chain_cert(context.get(), link);
    }
    if (own_key != nullptr) SSL_CTX_use_PrivateKey(context.get(), own_key.get());
  }
  constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context.get(), kHttp2, sizeof(kHttp2));
  return context;
}

std::string JudgeCollector(const X509* certificate, long error, const std::string& host,
                           const TimeOfDay& time) {
  if (auto text = CheckDates(certificate, "the collector's certificate", time); !text.empty()) {
    return text;
  }
  if (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    return Cat("the collector's certificate is not for ", host, " (it is for ",
               NamesOf(certificate), "); set upload.endpoint to one of these names");
  }
  return Cat("the collector's certificate was not signed by the CA in tls.ca (it was issued by ",
             TextOf(X509_get_issuer_name(certificate)), "; ", X509_verify_cert_error_string(error),
             ")");
}

// Continues to the end whatever it finds: nothing is ever sent.
int NoteFirstError(int sound, X509_STORE_CTX* check) {
  auto* const connection =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(check, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* const verdict = static_cast<long*>(SSL_get_ex_data(connection, 0));
  if (sound == 0 && *verdict == X509_V_OK) *verdict = X509_STORE_CTX_get_error(check);
  return 1;
}

// A gRPC server that does not like what it was shown closes without an alert.
std::string JudgeSilentEnd(bool has_certificate) {
  if (!has_certificate) {
    return "the collector requires a device certificate: set tls.certificate and tls.key";
  }
  return "the collector refuses this device's certificate: is it signed by the CA that the "
         "collector trusts, and valid by the collector's clock?";
}

// What an alert of the other side means.
std::string JudgeAlert(unsigned long error, bool has_certificate) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return {};
  const int reason = ERR_GET_REASON(error);
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
      return "the other side does not speak TLS: is it a collector with tls.certificate set?";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
      if (!has_certificate) return JudgeSilentEnd(false);
      break;
    default:
      break;
  }
  if (reason < SSL_AD_REASON_OFFSET) return {};
  if (reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA) {
    return "the collector refuses this device's certificate: it is not signed by the CA that the "
           "collector trusts";
  }
  return Cat("the collector refuses this device's certificate: ", ERR_reason_error_string(error));
}

std::string JudgeOwn(const ChannelOptions& options, const TimeOfDay& time) {
  if (options.certificate.empty()) return {};
  const Memory pem = Open(options.certificate);
  const Certificate own(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
  if (own == nullptr) return "tls.certificate holds no certificate";
  return CheckDates(own.get(), "this device's own certificate", time);
}

}  // namespace

std::string TlsSuspectAddress(const std::string& grpc_message) {
  bool suspect = false;
  for (const char* text :
       {"Ssl handshake failed", "Handshake read failed", "Socket closed", "Peer name"}) {
    suspect |= grpc_message.find(text) != std::string::npos;
  }
  if (!suspect) return {};
  for (const std::string_view scheme : {"ipv4:", "ipv6:"}) {
    const size_t at = grpc_message.rfind(scheme);
    if (at == std::string::npos) continue;
    const size_t begin = at + scheme.size();
    std::string address = grpc_message.substr(begin, grpc_message.find(": ", begin) - begin);
    // gRPC escapes the brackets of an address of version 6.
    if (address.starts_with("%5B")) {
      const size_t end = address.find("%5D");
      if (end == std::string::npos) return {};
      address = Cat("[", address.substr(3, end - 3), "]", address.substr(end + 3));
    }
    return address;
  }
  return {};
}

std::string DiagnoseTls(const ChannelOptions& options, const std::string& address,
                        const TimeOfDay& time, absl::Duration patience) {
  if (auto text = JudgeOwn(options, time); !text.empty()) return text;
  const Socket socket = Connect(address, patience);
  if (socket.fd() < 0) return {};
  const Context context = MakeContext(options);
  const Connection connection(SSL_new(context.get()));
  const std::string host = options.endpoint.substr(0, options.endpoint.rfind(':'));
  X509_VERIFY_PARAM* const expected = SSL_get0_param(connection.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) != 1) {
    X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size());
    std::string name = host;
    SSL_ctrl(connection.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             name.data());
  }
  X509_VERIFY_PARAM_set_time(expected, absl::ToTimeT(time.now));
  long verdict = X509_V_OK;
  SSL_set_ex_data(connection.get(), 0, &verdict);
  SSL_set_verify(connection.get(), SSL_VERIFY_PEER, NoteFirstError);
  bool asked = false;  // for a certificate of ours
  SSL_set_cert_cb(
      connection.get(),
      [](SSL*, void* was_asked) {
        *static_cast<bool*>(was_asked) = true;
        return 1;
      },
      &asked);
  SSL_set_fd(connection.get(), socket.fd());
  ERR_clear_error();
  const bool greeted = SSL_connect(connection.get()) == 1;
  unsigned long error = ERR_peek_error();
  const Certificate theirs(SSL_get1_peer_certificate(connection.get()));
  if (theirs != nullptr && verdict != X509_V_OK) {
    return JudgeCollector(theirs.get(), verdict, host, time);
  }
  bool closed = false;
  if (greeted) {
    // In TLS 1.3 a refusal comes behind the handshake. Else a server of HTTP/2 speaks first.
    char byte = 0;
    const bool spoke = SSL_read(connection.get(), &byte, 1) == 1;
    closed = !spoke && errno != EAGAIN;
    error = ERR_peek_error();
  }
  const bool has_certificate = !options.certificate.empty();
  if (auto text = JudgeAlert(error, has_certificate); !text.empty()) return text;
  return closed && asked ? JudgeSilentEnd(has_certificate) : std::string();
}

}  // namespace godwit::agent
