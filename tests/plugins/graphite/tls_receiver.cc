#include "tests/plugins/graphite/tls_receiver.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <utility>

#include "plugins/graphite/openssl_ptr.h"

namespace proctally::test {
namespace {

using boost::system::error_code;
using plugins::graphite::BioPtr;

BioPtr reader_of(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::shared_ptr<X509> certificate_of(const std::string& pem) {
  return {PEM_read_bio_X509(reader_of(pem).get(), nullptr, nullptr, nullptr), X509_free};
}

std::shared_ptr<SSL_CTX> make_tls(const TlsReceiver::Manner& manner) {
  std::shared_ptr<SSL_CTX> tls(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(tls.get(), manner.version);
  SSL_CTX_set_max_proto_version(tls.get(), manner.version);
  // Where it is old: only there are the hashes of these versions allowed.
  if (manner.version < TLS1_2_VERSION) SSL_CTX_set_security_level(tls.get(), 0);
  if (!manner.sends_tickets) SSL_CTX_set_num_tickets(tls.get(), 0);
  const std::shared_ptr<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(reader_of(manner.identity.key).get(), nullptr, nullptr, nullptr),
      EVP_PKEY_free);
  if (SSL_CTX_use_certificate(tls.get(), certificate_of(manner.identity.certificate).get()) != 1 ||
      SSL_CTX_use_PrivateKey(tls.get(), key.get()) != 1) {
    throw std::logic_error("the receiver has no identity");
  }
  if (!manner.client_ca.empty()) {
    const auto ca = certificate_of(manner.client_ca);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(tls.get()), ca.get());
    SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return tls;
}

}  // namespace

TlsReceiver::TlsReceiver(boost::asio::io_context& context, Manner manner)
    : manner_(std::move(manner)),
      tls_(manner_.greeting.empty() ? make_tls(manner_) : nullptr),
      acceptor_(context, {boost::asio::ip::address_v4::loopback(), 0}),
      port_(acceptor_.local_endpoint().port()) {
  if (manner_.most_at_once < 65536) {  // And the kernel takes little for it, too.
    acceptor_.set_option(boost::asio::socket_base::receive_buffer_size(4096));
  }
  accept();
}

void TlsReceiver::accept() {
  acceptor_.async_accept([this](const error_code& error, Tcp::socket socket) {
    if (error) return;
    ++connections_;
    const auto connection =
        open_.insert(open_.end(), Connection{.socket = std::move(socket), .ssl = nullptr});
    if (tls_ == nullptr) {
      error_code ignored;
      boost::asio::write(connection->socket, boost::asio::buffer(manner_.greeting), ignored);
    } else {
      connection->ssl.reset(SSL_new(tls_.get()), SSL_free);
      SSL_set_bio(connection->ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
      SSL_set_accept_state(connection->ssl.get());
    }
    read(connection);
    accept();
  });
}

void TlsReceiver::read_only(std::size_t bytes) {
  allowed_ = bytes;
  for (auto connection = open_.begin(); connection != open_.end(); ++connection) {
    if (!connection->is_reading) read(connection);
  }
}

std::size_t TlsReceiver::unread() const {
  std::size_t bytes = 0;
  for (const auto& connection : open_) {
    if (!connection.is_over) bytes += connection.socket.available();
  }
  return bytes;
}

void TlsReceiver::read(Place connection) {
  if (allowed_ == 0 || connection->is_over) return;
  connection->is_reading = true;
  connection->socket.async_read_some(
      boost::asio::buffer(connection->buffer.data(),
                          std::min({connection->buffer.size(), manner_.most_at_once, allowed_})),
      [this, connection](const error_code& error, std::size_t bytes) {
        connection->is_reading = false;
        if (connection->is_over) return;
        if (error) {
          connection->is_over = true;
          connection->socket.close();
          return;
        }
        allowed_ -= std::min(allowed_, bytes);
        wire_.append(connection->buffer.data(), bytes);
        if (connection->ssl != nullptr) {
          BIO_write(SSL_get_rbio(connection->ssl.get()), connection->buffer.data(),
                    static_cast<int>(bytes));
          proceed(*connection);
        }
        read(connection);
      });
}

void TlsReceiver::proceed(Connection& connection) {
  SSL* const ssl = connection.ssl.get();
  ERR_clear_error();
  if (SSL_is_init_finished(ssl) == 0 && SSL_do_handshake(ssl) == 1) {
    ++handshakes_;
    const char* const host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    asked_for_host_ = host != nullptr ? host : "";
  }
  std::array<char, 16384> part{};
  int size = 0;
  while (SSL_is_init_finished(ssl) != 0 &&
         (size = SSL_read(ssl, part.data(), static_cast<int>(part.size()))) > 0) {
    text_.append(part.data(), static_cast<std::size_t>(size));
  }
  const bool is_failure = ERR_peek_error() != 0;
  flush(connection);
  if (is_failure) {  // The alert is out.
    connection.is_over = true;
    connection.socket.close();
  } else if ((SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0) {
    ++goodbyes_;
    text_before_goodbye_ = text_;
    if (manner_.farewell != Farewell::after_fin) answer_goodbye(connection, manner_.farewell);
  }
}

void TlsReceiver::answer_goodbye(Connection& connection, Farewell farewell) {
  if (farewell == Farewell::close_notify) {
    SSL_shutdown(connection.ssl.get());
    flush(connection);
  } else if (farewell == Farewell::reset) {
    connection.socket.set_option(boost::asio::socket_base::linger(true, 0));
  }
  connection.is_over = true;
  connection.socket.close();
}

void TlsReceiver::flush(Connection& connection) {
  std::array<char, 16384> part{};
  int size = 0;
  while ((size = BIO_read(SSL_get_wbio(connection.ssl.get()), part.data(),
                          static_cast<int>(part.size()))) > 0) {
    error_code ignored;
    boost::asio::write(connection.socket,
                       boost::asio::buffer(part.data(), static_cast<std::size_t>(size)), ignored);
  }
}

void TlsReceiver::say_goodbye(Farewell farewell) {
  for (auto& connection : open_) {
    if (!connection.is_over) answer_goodbye(connection, farewell);
  }
}

void TlsReceiver::ask_for_new_keys() {
  for (auto& connection : open_) {
    if (connection.is_over) continue;
    SSL_key_update(connection.ssl.get(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(connection.ssl.get());
    flush(connection);
  }
}

void TlsReceiver::renegotiate() {
  for (auto& connection : open_) {
    if (connection.is_over) continue;
    SSL_renegotiate(connection.ssl.get());
    SSL_do_handshake(connection.ssl.get());
    flush(connection);
  }
}

}  // namespace proctally::test
