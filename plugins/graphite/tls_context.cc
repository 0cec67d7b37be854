#include "plugins/graphite/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>

#include "plugins/graphite/openssl_ptr.h"

namespace proctally::plugins::graphite {
namespace {

using Context = boost::asio::ssl::context;

using File = std::unique_ptr<std::FILE, FreedBy<std::fclose>>;

/// One of TlsFiles, as messages speak of it.
struct PemFile {
  std::string_view option;
  const std::string& path;
  std::string_view must;

  [[noreturn]] void refuse(std::string_view wrong) const {
    ERR_clear_error();
    throw TlsFileError(fmt::format("{} {}: {}; it {}", option, path, wrong, must));
  }
};

// The oldest error is the cause; later ones only say through which calls it came.
std::string openssl_reason() {
  const auto error = ERR_peek_error();
  const char* const reason = ERR_reason_error_string(error);
  if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
  return reason != nullptr ? reason : "unknown error";
}

// BIO_new_file() takes an error while it reads lines, as of a folder or a bad disk, for the end.
BioPtr read_file(const PemFile& pem) {
  const File file(std::fopen(pem.path.c_str(), "re"));
  BioPtr bytes(BIO_new(BIO_s_mem()));
  char part[4096];
  std::size_t size = 0;
  while (file != nullptr && (size = std::fread(part, 1, sizeof part, file.get())) > 0) {
    BIO_write(bytes.get(), part, static_cast<int>(size));
  }
  if (file == nullptr || std::ferror(file.get()) != 0) {
    pem.refuse(std::generic_category().message(errno));
  }
  return bytes;
}

// In place of OpenSSL's own, which asks on the terminal.
int refuse_passphrase(char* /*buffer*/, int /*size*/, int /*is_writing*/, void* was_asked) {
  if (was_asked != nullptr) *static_cast<bool*>(was_asked) = true;
  return -1;
}

// The next one in a file; none at its end.
CertificatePtr next_certificate(BIO* bytes, const PemFile& pem) {
  ERR_clear_error();
  CertificatePtr certificate(PEM_read_bio_X509(bytes, nullptr, refuse_passphrase, nullptr));
  const bool is_end = ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_PEM &&
                      ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (certificate == nullptr && !is_end) {
    pem.refuse(fmt::format("a certificate in it is damaged ({})", openssl_reason()));
  }
  return certificate;
}

CertificatePtr first_certificate(BIO* bytes, const PemFile& pem) {
  auto certificate = next_certificate(bytes, pem);
  if (certificate == nullptr) pem.refuse("has no certificate in PEM format");
  return certificate;
}

void trust(SSL_CTX* context, const PemFile& pem) {
  const auto bytes = read_file(pem);
  for (auto certificate = first_certificate(bytes.get(), pem); certificate != nullptr;
       certificate = next_certificate(bytes.get(), pem)) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) != 1) {
      pem.refuse(openssl_reason());
    }
  }
}

void show_certificate(SSL_CTX* context, const PemFile& pem) {
  const auto bytes = read_file(pem);
  const auto own = first_certificate(bytes.get(), pem);
  if (SSL_CTX_use_certificate(context, own.get()) != 1) {
    pem.refuse(openssl_reason());  // As where its key is too short.
  }
  while (const auto issuer = next_certificate(bytes.get(), pem)) {
    if (SSL_CTX_add1_chain_cert(context, issuer.get()) != 1) pem.refuse(openssl_reason());
  }
}

void use_key(SSL_CTX* context, const PemFile& pem, const std::string& certificate) {
  const auto bytes = read_file(pem);
  ERR_clear_error();
  bool is_encrypted = false;
  const KeyPtr key(PEM_read_bio_PrivateKey(bytes.get(), nullptr, refuse_passphrase, &is_encrypted));
  if (is_encrypted) pem.refuse("is encrypted with a passphrase");
  if (key == nullptr) pem.refuse("has no readable private key in PEM format");
  if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1) {
    pem.refuse(fmt::format("does not match the certificate in {}", certificate));
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) pem.refuse(openssl_reason());
}

}  // namespace

std::shared_ptr<Context> make_tls_context(const TlsFiles& files) {
  auto context = std::make_shared<Context>(Context::tls_client);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  // Nobody needs it, and a write would then have to wait for a read (tls_stream.cc).
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
  context->set_verify_mode(boost::asio::ssl::verify_peer);
  if (files.ca.empty()) {
    context->set_default_verify_paths();
  } else {
    trust(native, {.option = "--tls-ca",
                   .path = files.ca,
                   .must = "must be certificates in PEM format of those to be trusted"});
  }
  if (!files.certificate.empty()) {
    show_certificate(native,
                     {.option = "--tls-cert",
                      .path = files.certificate,
                      .must = "must be a certificate in PEM format, then those of its issuers"});
    use_key(native,
            {.option = "--tls-key",
             .path = files.key,
             .must = "must be the certificate's key in PEM format, unencrypted"},
            files.certificate);
  }
  return context;
}

}  // namespace proctally::plugins::graphite
