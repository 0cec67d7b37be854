#pragma once

#include <openssl/x509_vfy.h>

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <string>

namespace proctally::plugins::graphite {

/// Why the peer's certificate was refused, for people: "the certificate expired on 2026-01-01".
/// `verification` is at its first failure; `host` is what the destination is called. What names it
/// takes from the certificate are escaped and cut: a stranger wrote them.
[[nodiscard]] std::string describe_refused_certificate(X509_STORE_CTX* verification,
                                                       const std::string& host);

/// What became of our own certificate.
enum class ClientCertificate : std::uint8_t {
  not_asked_for,
  missing,  ///< The peer asked for one, and there is none.
  shown,
};

/// Whether an error is an alert: the peer's own word that it ends the connection.
[[nodiscard]] bool is_alert(const boost::system::error_code& error);

/// What an error of a TLS stream means, for people, both in the handshake and later.
[[nodiscard]] std::string describe_tls_error(const boost::system::error_code& error,
                                             ClientCertificate ours);

}  // namespace proctally::plugins::graphite
