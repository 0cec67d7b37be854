#include "plugins/graphite/tls_stream.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/verify_context.hpp>
#include <boost/asio/write.hpp>
#include <string_view>
#include <utility>

namespace proctally::plugins::graphite {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

// For the read to tell why, once a write has failed: what the peer sent last is there already.
constexpr std::chrono::seconds kForTheReason{1};
// Of plaintext, in one record (RFC 8446, 5.1).
constexpr std::size_t kMostBytesOfRecord = 16'384;

bool is_end_of_file(const error_code& error) {
  // Many peers end TCP without the close_notify that TLS asks for.
  return error == boost::asio::error::eof || error == ssl::error::stream_truncated;
}

}  // namespace

TlsStream::TlsStream(boost::asio::io_context& context, std::shared_ptr<ssl::context> tls,
                     Destination destination, Events events, std::chrono::milliseconds patience)
    : context_(context),
      tls_(std::move(tls)),
      destination_(std::move(destination)),
      events_(std::move(events)),
      patience_(patience),
      stream_(context, *tls_),
      deadline_(context) {}

void TlsStream::open() {
  connector_ = std::make_shared<TcpConnector>(
      context_, stream_.next_layer(),
      [self = shared_from_this()](const std::string& why) { self->connected(why); });
  connector_->connect(destination_);
}

// OpenSSL itself compares the names, so that its verdict says what did not fit; of the verdict of
// Asio's host_name_verification it would only know that there is one.
bool TlsStream::demand_name() {
  SSL* const native = stream_.native_handle();
  X509_VERIFY_PARAM* const demanded = SSL_get0_param(native);
  error_code is_name;
  const auto address = boost::asio::ip::make_address(destination_.host, is_name);
  if (!is_name && address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return X509_VERIFY_PARAM_set1_ip(demanded, bytes.data(), bytes.size()) == 1;
  }
  if (!is_name) {
    const auto bytes = address.to_v6().to_bytes();
    return X509_VERIFY_PARAM_set1_ip(demanded, bytes.data(), bytes.size()) == 1;
  }
  auto name = destination_.host;
  if (name.ends_with('.')) name.pop_back();  // Only DNS writes the root.
  X509_VERIFY_PARAM_set_hostflags(demanded, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return !name.empty() && X509_VERIFY_PARAM_set1_host(demanded, name.data(), name.size()) == 1 &&
         SSL_set_tlsext_host_name(native, name.c_str()) == 1;
}

void TlsStream::connected(const std::string& why) {
  connector_.reset();
  if (is_over_) return;
  if (!why.empty()) {
    end(End::broken, why);
    return;
  }
  if (!demand_name()) {
    end(End::broken, "no certificate can be for a host of this name");
    return;
  }
  stream_.set_verify_callback([this](bool is_fine, ssl::verify_context& verification) {
    if (!is_fine) {
      refused_because_ =
          describe_refused_certificate(verification.native_handle(), destination_.host);
    }
    return is_fine;
  });
  // Called when the peer has asked, also where there is nothing to show.
  SSL_set_cert_cb(
      stream_.native_handle(),
      [](SSL*, void* self) {
        static_cast<TlsStream*>(self)->is_asked_for_certificate_ = true;
        return 1;
      },
      this);
  deadline_.expires_after(patience_);
  deadline_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->is_open_) return;
    self->end(End::broken, "no answer to the TLS handshake; does the peer speak TLS?");
  });
  stream_.async_handshake(
      ssl::stream_base::client,
      [self = shared_from_this()](const error_code& error) { self->handshaken(error); });
}

void TlsStream::handshaken(const error_code& error) {
  if (is_over_) return;
  deadline_.cancel();
  if (!refused_because_.empty()) {
    end(End::broken, refused_because_);
  } else if (is_end_of_file(error)) {
    end(End::broken, "the peer closed the connection in the TLS handshake; does it speak TLS?");
  } else if (error) {
    end(End::broken, describe_tls_error(error, client_certificate()));
  } else {
    is_open_ = true;
    write_past_asio();
    handshake_bytes_ = BIO_number_read(SSL_get_rbio(stream_.native_handle()));
    handshaken_at_ = std::chrono::steady_clock::now();
    read();
    events_.opened();
  }
}

void TlsStream::read() {
  stream_.async_read_some(boost::asio::buffer(received_),
                          [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                            self->has_read(error, bytes);
                          });
}

void TlsStream::has_read(const error_code& error, std::size_t bytes) {
  if (is_over_) return;
  if (!error) {
    const auto [how, why] = end_of_foreign({received_.data(), bytes});
    end(how, why);
    return;
  }
  is_refused_ = is_alert(error);
  if (!is_refused_ && !write_failure_.empty()) {
    // The failed write has taken the socket's error away: what follows it only looks like a FIN.
    end(End::broken, write_failure_);
  } else if (is_end_of_file(error)) {
    const auto [how, why] = half_close_.end_of_file(stream_.next_layer());
    end(how, why);
  } else {
    end(End::broken, describe_tls_error(error, client_certificate()));
  }
}

// A read may have to write, too: OpenSSL answers a peer that asks for new keys. Asio's io_op does
// not bear that beside a write: of two that have ciphertext in the BIO at once, one waits, and then
// calls back with its own still in there (boost 1.74, asio/ssl/detail/io.hpp, want_output). And its
// async_shutdown() calls back when the close_notify is answered, not when it is sent. So Asio does
// the handshake and the reading. All that OpenSSL writes from then on stays in a BIO of its own,
// which knows no bounds, until a write of ours takes it along, in its order.
void TlsStream::write_past_asio() {
  outgoing_ = BIO_new(BIO_s_mem());
  SSL_set0_wbio(stream_.native_handle(), outgoing_);
}

void TlsStream::write(std::string_view bytes) {
  ERR_clear_error();
  // One record, and never less than fits into one: Asio has set SSL_MODE_ENABLE_PARTIAL_WRITE.
  const int taken = SSL_write(stream_.native_handle(), bytes.data(),
                              static_cast<int>(std::min(bytes.size(), kMostBytesOfRecord)));
  if (taken <= 0) {  // An error of the read has ended TLS, and is about to be told.
    could_not_write(
        error_code(static_cast<int>(ERR_get_error()), boost::asio::error::get_ssl_category()));
    return;
  }
  send([this, size = static_cast<std::size_t>(taken)] {
    written_ += size;
    events_.written(size);
  });
}

void TlsStream::finish() {
  half_close_.ask_for_receipt();
  // The close_notify waits for the FIN: a peer that ends its side as soon as it has read the one
  // has the other too, and so acknowledges it with its own.
  cork(stream_.next_layer());
  ERR_clear_error();
  SSL_shutdown(stream_.native_handle());
  send([this] { half_close_.end_sending(stream_.next_layer()); });
}

// `then` is called when all ciphertext that there was is the kernel's.
template <typename Then>
void TlsStream::send(Then then) {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(outgoing_, &bytes);
  sending_.assign(bytes, static_cast<std::size_t>(size));
  BIO_reset(outgoing_);
  boost::asio::async_write(stream_.next_layer(), boost::asio::buffer(sending_),
                           [self = shared_from_this(), then](const error_code& error, std::size_t) {
                             if (self->is_over_) return;
                             if (error) {
                               self->could_not_write(error);
                             } else {
                               then();
                             }
                           });
}

void TlsStream::could_not_write(const error_code& error) {
  write_failure_ = describe_tls_error(error, client_certificate());
  deadline_.expires_after(kForTheReason);
  deadline_.async_wait([self = shared_from_this()](const error_code& is_cancelled) {
    if (!is_cancelled) self->end(End::broken, self->write_failure_);
  });
}

std::size_t TlsStream::unacknowledged() {
  if (may_be_refused()) return written_;
  const auto ciphertext = unacknowledged_bytes(stream_.next_layer());
  if (ciphertext == 0) return 0;
  // Ciphertext is never shorter than what is in it. But of a record that is not there to its last
  // byte nothing can be read: the one that the acknowledgement cuts does not count at all.
  return std::min(written_, ciphertext + kMostBytesOfRecord);
}

ClientCertificate TlsStream::client_certificate() {
  if (!is_asked_for_certificate_) return ClientCertificate::not_asked_for;
  const bool has_one = SSL_get_certificate(stream_.native_handle()) != nullptr;
  return has_one ? ClientCertificate::shown : ClientCertificate::missing;
}

bool TlsStream::may_be_refused() {
  if (is_refused_) return true;
  SSL* const native = stream_.native_handle();
  if (!is_asked_for_certificate_ || SSL_version(native) < TLS1_3_VERSION) return false;
  // What comes after the handshake, and is no alert, are the tickets of one who consented.
  const bool is_silent = BIO_number_read(SSL_get_rbio(native)) == handshake_bytes_;
  return is_silent && std::chrono::steady_clock::now() < handshaken_at_ + patience_;
}

void TlsStream::end(End end, const std::string& why) {
  if (is_over_) return;
  is_over_ = true;
  deadline_.cancel();
  const auto ended = events_.ended;  // Who hears of it may let go of us.
  ended(end, why);
}

void TlsStream::close() {
  is_over_ = true;
  deadline_.cancel();
  if (connector_ != nullptr) {
    connector_->cancel();
    connector_.reset();  // It holds us until its last call has come back.
  }
  error_code ignored;
  stream_.next_layer().close(ignored);
}

}  // namespace proctally::plugins::graphite
