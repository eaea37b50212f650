// Settings and certificates of a running collector, read again.
#include "collector/reload.h"

#include <gtest/gtest.h>

#include "base/certificates.h"
#include "base/text.h"
#include "tests/sim/sim_file_system.h"
#include "tests/unit/pem_texts.h"

namespace godwit::collector {
namespace {

constexpr char kTls[] = "[tls]\ncertificate = \"/tls/certificate\"\nkey = \"/tls/key\"\n";

class ReloadTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(disk_.CreateDirectories("/tls").ok());
    Write("certificate", kCertificateOne);
    Write("key", kKeyOne);
    Start(kTls);
  }
  void Write(const std::string& name, const std::string& text) {
    (void)disk_.Remove("/tls/" + name);
    auto file = *disk_.Create("/tls/" + name);
    ASSERT_TRUE(file->Append(text).ok());
  }
  static CollectorSettings Parsed(const std::string& toml) {
    auto settings = ParseCollectorSettings(toml, "collector.toml");
    EXPECT_TRUE(settings.ok()) << settings.status();
    return *std::move(settings);
  }
  void Start(const std::string& toml) {
    toml_ = toml;
    const CollectorSettings running = Parsed(toml);
    Problems problems;
    certificate_.emplace(ReadTlsFiles(running.checked.sections.at("tls"), disk_, problems));
    live_.emplace(LiveValuesOf(running));
    reloader_.emplace(
        running, [this] { return ParseCollectorSettings(toml_, "collector.toml"); },
        Reloader::Dependencies{.files = disk_, .certificate = *certificate_, .live = *live_});
  }
  void ReloadWith(const std::string& toml) {
    toml_ = toml;
    reloader_->Reload();
  }
  // Of the same key: other bytes, and as good.
  static std::string Renewed() { return Cat("renewed\n", kCertificateOne); }

  sim::SimScheduler scheduler_{1};
  sim::SimFileSystem disk_{scheduler_};
  std::string toml_;
  std::optional<ServedCertificate> certificate_;
  std::optional<LiveSettings> live_;
  std::optional<Reloader> reloader_;
};

TEST_F(ReloadTest, WhatTheStoreKeepsChangesUnderARunningCollector) {
  ReloadWith(Cat(kTls,
                 "[store]\nretention.age = \"7d\"\nretention.bytes = \"1GiB\"\n"
                 "reserve_free = \"20%\"\nmerge_after = \"2h\"\n"
                 "[limits]\ndevice_bytes = \"2GiB\"\ndevice_series = 5000\n"));
  const LiveValues live = live_->Read();
  EXPECT_EQ(live.retention.keep.age, absl::Hours(7 * 24));
  EXPECT_EQ(live.retention.keep.bytes, ByteCount{1} << 30);
  EXPECT_EQ(live.reserve_free, 0.2);
  EXPECT_EQ(live.merge_after, absl::Hours(2));
  EXPECT_EQ(live.quotas.bytes, ByteCount{2} << 30);
  EXPECT_EQ(live.quotas.series, 5000u);
}

TEST_F(ReloadTest, ChangesThatNeedARestartAreRefusedWithAllOthers) {
  for (const std::string& other : {Cat(kTls, "[listen]\ndevices = \"127.0.0.1:9\"\n"),
                                   Cat(kTls, "[store]\npath = \"/elsewhere\"\n"), std::string(),
                                   Cat(kTls, "ca = \"/tls/certificate\"\n")}) {
    ReloadWith(Cat(other, other.find("[store]") == std::string::npos ? "[store]\n" : "",
                   "merge_after = \"2h\"\n"));
    EXPECT_EQ(live_->Read().merge_after, absl::Hours(1)) << other;
  }
}

TEST_F(ReloadTest, SettingsThatCannotBeReadChangeNothing) {
  ReloadWith("[store]\nmerge_after = 7\n");
  EXPECT_EQ(live_->Read().merge_after, absl::Hours(1));
}

TEST_F(ReloadTest, ARenewedCertificateIsServedFromTheNextCheckOn) {
  Write("certificate", Renewed());
  EXPECT_EQ(certificate_->Read().texts.certificate, kCertificateOne);
  reloader_->CheckCertificate();
  EXPECT_EQ(certificate_->Read().texts.certificate, Renewed());
  EXPECT_EQ(certificate_->Read().exchanges, 1u);
  reloader_->CheckCertificate();
  EXPECT_EQ(certificate_->Read().exchanges, 1u) << "nothing has changed since";
}

TEST_F(ReloadTest, AKeyOfAnotherCertificateIsNotTakenAndTheReasonIsKept) {
  Write("certificate", Renewed());
  Write("key", kKeyTwo);
  for (int i = 0; i < 2; ++i) {
    reloader_->CheckCertificate();
    EXPECT_EQ(certificate_->Read().texts.certificate, kCertificateOne);
    EXPECT_EQ(reloader_->CertificateProblem(),
              "collector.toml:3:7: error: 'tls.key': /tls/key is not the key of the certificate in "
              "tls.certificate");
  }
  ReloadWith(Cat(kTls, "[store]\nmerge_after = \"2h\"\n"));
  EXPECT_EQ(live_->Read().merge_after, absl::Hours(1)) << "all of a reload or nothing";
  Write("key", kKeyOne);
  reloader_->CheckCertificate();
  EXPECT_EQ(certificate_->Read().texts.certificate, Renewed());
  EXPECT_EQ(reloader_->CertificateProblem(), "");
}

TEST_F(ReloadTest, ACollectorWithoutTlsHasNoCertificateThatExpires) {
  EXPECT_EQ(certificate_->expires(), CertificateExpires(kCertificateOne));
  EXPECT_EQ(absl::FormatTime(certificate_->expires(), absl::UTCTimeZone()),
            "2026-12-02T01:49:51+00:00");
  Start("");
  EXPECT_TRUE(certificate_->is_plaintext());
  EXPECT_EQ(certificate_->expires(), absl::InfiniteFuture());
}

}  // namespace
}  // namespace godwit::collector
