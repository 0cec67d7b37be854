#include "tests/plugins/graphite/certificates.h"

#include <fmt/chrono.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <stdexcept>

#include "plugins/graphite/openssl_ptr.h"

namespace proctally::test {
namespace {

using plugins::graphite::BioPtr;
using plugins::graphite::FreedBy;

constexpr long kSecondsOfDay = 86'400;
constexpr long kVersion3 = 2;

std::shared_ptr<EVP_PKEY> make_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

void check(bool is_done) {
  if (!is_done) throw std::logic_error("OpenSSL refuses to make a certificate");
}

template <typename Write>
std::string pem_of(const Write& write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  check(write(bio.get()) == 1);
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(EVP_PKEY* key) {
  return pem_of([key](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string pem_of(X509* certificate) {
  return pem_of([certificate](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

void add_extension(X509* certificate, int what, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str()));
  check(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

/// Without an issuer it is its own.
std::shared_ptr<X509> make_certificate(const CertificateText& text, EVP_PKEY* key, X509* issuer,
                                       EVP_PKEY* issuer_key, bool is_ca) {
  static std::atomic<long> next_number{1};
  std::shared_ptr<X509> made(X509_new(), X509_free);
  X509_set_version(made.get(), kVersion3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), next_number++);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), text.valid_from * kSecondsOfDay);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), text.valid_until * kSecondsOfDay);
  X509_set_pubkey(made.get(), key);
  check(X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(text.common_name.data()),
                                   static_cast<int>(text.common_name.size()), -1, 0) == 1);
  X509* const signer = issuer != nullptr ? issuer : made.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(signer));
  if (is_ca) add_extension(made.get(), NID_basic_constraints, "critical,CA:TRUE");
  if (!text.hosts.empty()) add_extension(made.get(), NID_subject_alt_name, text.hosts);
  check(X509_sign(made.get(), issuer != nullptr ? issuer_key : key, EVP_sha256()) > 0);
  return made;
}

}  // namespace

std::string day_from_now(int days) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr) + days * kSecondsOfDay));
}

CertificateAuthority::CertificateAuthority(const std::string& common_name)
    : key_(make_key()),
      certificate_(make_certificate({.common_name = common_name, .hosts = ""}, key_.get(), nullptr,
                                    nullptr, true)),
      pem_(pem_of(certificate_.get())) {}

Identity CertificateAuthority::issue(const CertificateText& text) const {
  const auto key = make_key();
  const auto made = make_certificate(text, key.get(), certificate_.get(), key_.get(), false);
  return {.certificate = pem_of(made.get()), .key = pem_of(key.get())};
}

Identity self_signed(const CertificateText& text) {
  const auto key = make_key();
  const auto made = make_certificate(text, key.get(), nullptr, nullptr, false);
  return {.certificate = pem_of(made.get()), .key = pem_of(key.get())};
}

std::string with_passphrase(const std::string& key_pem) {
  const BioPtr bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr),
                                      EVP_PKEY_free);
  return pem_of([&key](BIO* to) {
    constexpr unsigned char kPassphrase[] = "secret";
    return PEM_write_bio_PrivateKey(to, key.get(), EVP_aes_128_cbc(), kPassphrase,
                                    sizeof kPassphrase - 1, nullptr, nullptr);
  });
}

}  // namespace proctally::test
