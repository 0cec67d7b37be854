#include "plugins/graphite/tls_failure.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/asio/ssl/error.hpp>
#include <ctime>
#include <memory>
#include <string_view>
#include <vector>

#include "core/naming/group_label.h"
#include "plugins/graphite/openssl_ptr.h"

namespace proctally::plugins::graphite {
namespace {

constexpr std::size_t kMostNames = 3;
constexpr std::size_t kMostBytesOfName = 100;
constexpr std::string_view kWhomToTrust = "--tls-ca names whom to trust";

std::string for_people(const unsigned char* bytes, int size) {
  auto text = naming::escape_unprintable(
      {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  text.resize(naming::place_to_cut(text, kMostBytesOfName));
  return text;
}

// The common name; of a name without one, all of it.
std::string name_of(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at >= 0) {
    unsigned char* bytes = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    auto text = for_people(bytes, std::max(size, 0));
    OPENSSL_free(bytes);
    if (!text.empty()) return text;
  }
  std::array<char, 256> line{};
  X509_NAME_oneline(name, line.data(), static_cast<int>(line.size()));
  return for_people(reinterpret_cast<const unsigned char*>(line.data()),
                    static_cast<int>(std::string_view(line.data()).size()));
}

template <typename Address>
std::string address_text(const unsigned char* from) {
  typename Address::bytes_type bytes{};
  std::copy_n(from, bytes.size(), bytes.begin());
  return Address(bytes).to_string();
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  const auto* const from = ASN1_STRING_get0_data(bytes);
  const int size = ASN1_STRING_length(bytes);
  if (size == 4) return address_text<boost::asio::ip::address_v4>(from);
  if (size == 16) return address_text<boost::asio::ip::address_v6>(from);
  return "a malformed address";
}

// "a.example, b.example and 4 more".
std::string hosts_of(X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, FreedBy<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> hosts;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const void* const value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type == GEN_DNS) {
      const auto* const name = static_cast<const ASN1_IA5STRING*>(value);
      hosts.push_back(for_people(ASN1_STRING_get0_data(name), ASN1_STRING_length(name)));
    } else if (type == GEN_IPADD) {
      hosts.push_back(address_of(static_cast<const ASN1_OCTET_STRING*>(value)));
    }
  }
  if (hosts.empty()) return name_of(X509_get_subject_name(certificate));
  const auto more = hosts.size() - std::min(hosts.size(), kMostNames);
  hosts.resize(hosts.size() - more);
  auto text = fmt::format("{}", fmt::join(hosts, ", "));
  if (more > 0) text += fmt::format(" and {} more", more);
  return text;
}

std::string day_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable date";
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

// As OpenSSL made it; Asio keeps the bits in an int.
auto openssl_error(const boost::system::error_code& error) {
  return static_cast<decltype(ERR_get_error())>(static_cast<unsigned>(error.value()));
}

// The alert's number (RFC 8446, 6), or 0. OpenSSL adds 1000 where it makes an error of it.
int alert_of(const boost::system::error_code& error) {
  if (error.category() != boost::asio::error::get_ssl_category()) return 0;
  const int reason = ERR_GET_REASON(openssl_error(error));
  const bool is_from_ssl = ERR_GET_LIB(openssl_error(error)) == ERR_LIB_SSL;
  return is_from_ssl && reason >= SSL_AD_REASON_OFFSET ? reason - SSL_AD_REASON_OFFSET : 0;
}

bool is_about_certificates(int alert) {
  switch (alert) {
    case SSL_AD_HANDSHAKE_FAILURE:  // TLS 1.2, where there is none.
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

std::string describe_alert(int alert, ClientCertificate ours) {
  const char* const word = SSL_alert_desc_string_long(alert);
  if (is_about_certificates(alert) && ours == ClientCertificate::missing) {
    return "the peer demands a client certificate; --tls-cert and --tls-key name one";
  }
  if (is_about_certificates(alert) && ours == ClientCertificate::shown) {
    return fmt::format("the peer refuses our client certificate ({})", word);
  }
  if (alert == SSL_AD_PROTOCOL_VERSION) return "the peer does not speak TLS 1.2 or later";
  return fmt::format("the peer ended TLS ({})", word);
}

}  // namespace

std::string describe_refused_certificate(X509_STORE_CTX* verification, const std::string& host) {
  X509* const certificate = X509_STORE_CTX_get_current_cert(verification);
  const int error = X509_STORE_CTX_get_error(verification);
  const char* const words = X509_verify_cert_error_string(error);
  if (certificate == nullptr) return fmt::format("the certificate is refused ({})", words);
  const auto which = X509_STORE_CTX_get_error_depth(verification) == 0
                         ? std::string("the certificate")
                         : fmt::format("the issuer's certificate ({})",
                                       name_of(X509_get_subject_name(certificate)));
  switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("the certificate is for {}, not for {}", hosts_of(certificate), host);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} expired on {}", which, day_of(X509_get0_notAfter(certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is not valid before {}", which,
                         day_of(X509_get0_notBefore(certificate)));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return fmt::format("the certificate is self-signed; {}", kWhomToTrust);
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return fmt::format("the certificate is signed by an unknown issuer: {}; {}",
                         name_of(X509_get_issuer_name(certificate)), kWhomToTrust);
    default:
      return fmt::format("{} is refused ({})", which, words);
  }
}

bool is_alert(const boost::system::error_code& error) { return alert_of(error) != 0; }

std::string describe_tls_error(const boost::system::error_code& error, ClientCertificate ours) {
  if (const int alert = alert_of(error); alert != 0) return describe_alert(alert, ours);
  if (error.category() != boost::asio::error::get_ssl_category()) return error.message();
  switch (ERR_GET_REASON(openssl_error(error))) {
    case SSL_R_WRONG_VERSION_NUMBER:  // These bytes are no record of TLS at all.
      return "the peer does not speak TLS";
    case SSL_R_UNSUPPORTED_PROTOCOL:
      return "the peer does not speak TLS 1.2 or later";
    default:
      return fmt::format("TLS: {}", error.message());
  }
}

}  // namespace proctally::plugins::graphite
