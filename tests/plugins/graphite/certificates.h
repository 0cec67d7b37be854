#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace proctally::test {

/// A certificate and its key, both as PEM text.
struct Identity {
  std::string certificate;
  std::string key;
};

/// What a certificate says.
struct CertificateText {
  std::string common_name = "a peer of the test";
  /// As OpenSSL's configuration writes them: "DNS:localhost,IP:127.0.0.1". Empty: none.
  std::string hosts = "DNS:localhost";
  /// In days from now.
  int valid_from = -1;
  int valid_until = 1;
};

/// Today and so many days, as messages write it: "2026-01-31".
[[nodiscard]] std::string day_from_now(int days);

/// Signs certificates for one test. Its keys are of elliptic curves, which are made in no time.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& common_name = "CA of the test");

  [[nodiscard]] const std::string& certificate() const { return pem_; }
  [[nodiscard]] Identity issue(const CertificateText& text) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
  std::string pem_;
};

[[nodiscard]] Identity self_signed(const CertificateText& text);

/// The same key, encrypted with a passphrase.
[[nodiscard]] std::string with_passphrase(const std::string& key_pem);

}  // namespace proctally::test
