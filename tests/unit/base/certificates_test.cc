#include "base/certificates.h"

#include <gtest/gtest.h>

#include "tests/unit/pem_texts.h"

namespace godwit {
namespace {

bool Says(const Status& status, const std::string& words) {
  return absl::IsInvalidArgument(status) && Message(status).find(words) != std::string::npos;
}

TEST(CertificatesTest, WhatTlsCanWorkWithIsTaken) {
  EXPECT_TRUE(CheckCertificates(kCertificateOne).ok());
  EXPECT_TRUE(CheckCertificates(std::string("in words\n") + kCertificateOne).ok());
  EXPECT_TRUE(CheckPrivateKey(kKeyOne).ok());
  EXPECT_TRUE(CheckKeyBelongs(kCertificateOne, kKeyOne).ok());
}

TEST(CertificatesTest, AFileWithoutACertificateIsRefusedByWhatItHolds) {
  const std::string whole = kCertificateOne;
  EXPECT_TRUE(Says(CheckCertificates(""), "is empty"));
  EXPECT_TRUE(Says(CheckCertificates("\n"), "holds no certificate"));
  EXPECT_TRUE(Says(CheckCertificates(kKeyOne), "holds a private key and no certificate"));
  EXPECT_TRUE(Says(CheckCertificates(whole.substr(0, whole.size() / 2)), "cannot be read"));
}

TEST(CertificatesTest, AFileWithoutAUsableKeyIsRefusedByWhatItHolds) {
  const std::string whole = kKeyOne;
  EXPECT_TRUE(Says(CheckPrivateKey(""), "is empty"));
  EXPECT_TRUE(Says(CheckPrivateKey(kCertificateOne), "holds no private key"));
  EXPECT_TRUE(Says(CheckPrivateKey(kLockedKey), "passphrase"));
  EXPECT_TRUE(Says(CheckPrivateKey(whole.substr(0, whole.size() / 2)), "cannot be read"));
}

TEST(CertificatesTest, TheKeyOfAnotherCertificateIsRefused) {
  EXPECT_TRUE(Says(CheckKeyBelongs(kCertificateOne, kKeyTwo), "is not the key of"));
}

TEST(CertificatesTest, NoMessageRepeatsTheText) {
  for (const char* text : {kLockedKey, kKeyOne, "a secret in the wrong file"}) {
    EXPECT_EQ(Message(CheckCertificates(text)).find(text), std::string::npos);
  }
}

}  // namespace
}  // namespace godwit
