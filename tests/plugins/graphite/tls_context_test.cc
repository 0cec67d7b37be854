#include "plugins/graphite/tls_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <string>

#include "tests/plugins/graphite/certificates.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins::graphite {
namespace {

using test::Identity;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class TlsContextTest : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& content) const {
    folder_.write(name, content);
    return folder_.path() / name;
  }
  static std::string complaint_about(const TlsFiles& files) {
    try {
      (void)make_tls_context(files);
    } catch (const TlsFileError& error) {
      return error.what();
    }
    return "no complaint";
  }
  struct Option {
    std::string name;
    std::string must_be;
  };
  static auto says(const Option& option, const std::string& path, const std::string& wrong) {
    return AllOf(StartsWith(option.name + " " + path + ": "), HasSubstr(wrong),
                 EndsWith("; it must be " + option.must_be));
  }

  const Option ca_option_{"--tls-ca", "certificates in PEM format of those to be trusted"};
  const Option certificate_option_{"--tls-cert",
                                   "a certificate in PEM format, then those of its issuers"};
  const Option key_option_{"--tls-key", "the certificate's key in PEM format, unencrypted"};
  test::TempDir folder_;
  test::CertificateAuthority ca_;
  Identity own_ = ca_.issue({.common_name = "web01", .hosts = ""});
};

TEST_F(TlsContextTest, WithoutFilesItVerifiesPeersByThoseWhomTheSystemTrusts) {
  const auto context = make_tls_context({});
  EXPECT_EQ(SSL_CTX_get_verify_mode(context->native_handle()), SSL_VERIFY_PEER);
  EXPECT_EQ(SSL_CTX_get_min_proto_version(context->native_handle()), TLS1_2_VERSION);
  EXPECT_EQ(SSL_CTX_get0_certificate(context->native_handle()), nullptr);
}

TEST_F(TlsContextTest, TakesSeveralAuthoritiesFromAFileAndTextAroundThem) {
  const test::CertificateAuthority other("another");
  const auto path = file(
      "ca.pem", "# ours\n" + ca_.certificate() + "# theirs\n" + other.certificate() + "the end\n");
  const auto context = make_tls_context({.ca = path});
  const auto* const store = SSL_CTX_get_cert_store(context->native_handle());
  EXPECT_EQ(sk_X509_OBJECT_num(X509_STORE_get0_objects(store)), 2);
}

TEST_F(TlsContextTest, TakesACertificateWithItsChainAndItsKey) {
  const auto context =
      make_tls_context({.ca = file("ca.pem", ca_.certificate()),
                        .certificate = file("own.pem", own_.certificate + ca_.certificate()),
                        .key = file("own.key", own_.key)});
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context->native_handle(), &chain);
  EXPECT_EQ(sk_X509_num(chain), 1);
  EXPECT_NE(SSL_CTX_get0_privatekey(context->native_handle()), nullptr);
}

TEST_F(TlsContextTest, SaysWhichFileIsMissing) {
  const auto missing = folder_.path() / "none.pem";
  const auto own = file("own.pem", own_.certificate);
  EXPECT_THAT(complaint_about({.ca = missing}),
              says(ca_option_, missing, "No such file or directory"));
  EXPECT_THAT(complaint_about({.certificate = missing, .key = missing}),
              says(certificate_option_, missing, "No such file or directory"));
  EXPECT_THAT(complaint_about({.certificate = own, .key = missing}),
              says(key_option_, missing, "No such file or directory"));
}

TEST_F(TlsContextTest, SaysWhatCannotBeRead) {
  EXPECT_THAT(complaint_about({.ca = folder_.string()}),
              says(ca_option_, folder_.string(), "Is a directory"));
}

TEST_F(TlsContextTest, RefusesAFileWithoutACertificateInIt) {
  for (const auto& content : {std::string(), std::string("no PEM\n"), own_.key}) {
    const auto path = file("file.pem", content);
    EXPECT_THAT(complaint_about({.ca = path}),
                says(ca_option_, path, "has no certificate in PEM format"));
    EXPECT_THAT(complaint_about({.certificate = path, .key = path}),
                says(certificate_option_, path, "has no certificate in PEM format"));
  }
}

TEST_F(TlsContextTest, RefusesADamagedCertificateAlsoAfterAGoodOne) {
  auto damaged = own_.certificate;
  damaged.replace(damaged.find('\n') + 1, 8, "????????");
  for (const auto& content : {damaged, ca_.certificate() + damaged,
                              own_.certificate.substr(0, own_.certificate.size() / 2)}) {
    const auto path = file("file.pem", content);
    EXPECT_THAT(complaint_about({.ca = path}),
                says(ca_option_, path, "a certificate in it is damaged"));
  }
}

TEST_F(TlsContextTest, RefusesAKeyOfAnotherCertificate) {
  const auto own = file("own.pem", own_.certificate);
  const auto other = file("other.key", ca_.issue({}).key);
  EXPECT_THAT(complaint_about({.certificate = own, .key = other}),
              says(key_option_, other, "does not match the certificate in " + own));
}

TEST_F(TlsContextTest, RefusesAFileWithoutAKeyInIt) {
  const auto own = file("own.pem", own_.certificate);
  EXPECT_THAT(complaint_about({.certificate = own, .key = own}),
              says(key_option_, own, "has no readable private key in PEM format"));
}

TEST_F(TlsContextTest, NeverAsksForThePassphraseOfAKey) {
  const auto own = file("own.pem", own_.certificate);
  const auto key = file("own.key", test::with_passphrase(own_.key));
  EXPECT_THAT(complaint_about({.certificate = own, .key = key}),
              says(key_option_, key, "is encrypted with a passphrase"));
}

}  // namespace
}  // namespace proctally::plugins::graphite
