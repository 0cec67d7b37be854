#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

namespace proctally::plugins::graphite {

template <auto kFree>
struct FreedBy {
  template <typename T>
  void operator()(T* object) const {
    static_cast<void>(kFree(object));
  }
};

/// Objects of OpenSSL with one owner.
using BioPtr = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using CertificatePtr = std::unique_ptr<X509, FreedBy<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;

}  // namespace proctally::plugins::graphite
