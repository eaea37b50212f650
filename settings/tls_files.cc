#include "settings/tls_files.h"

#include <string_view>
#include <utility>

#include "base/certificates.h"
#include "base/text.h"
#include "platform/read_file.h"

namespace godwit {
namespace {

using CheckText = Status (*)(const std::string& pem);

// One setting of [tls], and what stands at its path.
class TlsFile {
 public:
  TlsFile(const SettingValues& tls, std::string_view key, FileSystem& files, Problems& problems)
      : tls_(tls), key_(key), files_(files), problems_(problems) {}

  // Empty when there is none, or none that is good.
  std::string Read(CheckText check) const {
    const std::string& path = tls_.String(key_);
    if (path.empty()) return {};
    auto text = ReadFile(files_, path, kSmallFileBytesMax);
    if (!text.ok()) {
      Wrong(Cat(": ", Message(text.status())),
            absl::IsPermissionDenied(text.status())
                ? "the user who runs this program must be able to read it"
                : "");
      return {};
    }
    if (const Status status = check(*text); !status.ok()) {
      Wrong(Cat(": ", path, " ", Message(status)), "");
      return {};
    }
    return *std::move(text);
  }

  void Wrong(std::string_view what, std::string_view hint) const {
    problems_.Add(tls_.PlaceOf(key_), Cat("'tls.", key_, "'", what), hint);
  }

 private:
  const SettingValues& tls_;
  const std::string_view key_;
  FileSystem& files_;
  Problems& problems_;
};

}  // namespace

TlsTexts ReadTlsFiles(const SettingValues& tls, FileSystem& files, Problems& problems) {
  const TlsFile key(tls, "key", files, problems);
  TlsTexts texts{
      .ca = TlsFile(tls, "ca", files, problems).Read(CheckCertificates),
      .certificate = TlsFile(tls, "certificate", files, problems).Read(CheckCertificates),
      .key = key.Read(CheckPrivateKey)};
  if (texts.certificate.empty() || texts.key.empty()) return texts;
  if (const Status status = CheckKeyBelongs(texts.certificate, texts.key); !status.ok()) {
    key.Wrong(Cat(": ", tls.String("key"), " ", Message(status), " in tls.certificate"), "");
  }
  return texts;
}

}  // namespace godwit
