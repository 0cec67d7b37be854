#pragma once

#include <openssl/bio.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "plugins/graphite/destination.h"
#include "plugins/graphite/stream.h"
#include "plugins/graphite/tcp_connector.h"
#include "plugins/graphite/tcp_socket.h"
#include "plugins/graphite/tls_failure.h"

namespace proctally::plugins::graphite {

/// tls://. As TcpStream, but that no line leaves before the peer has proved to be the host that the
/// destination names; there is no way back to plain TCP. It is open after the handshake.
///
/// With TLS 1.3 a peer judges our certificate when the handshake is over for us already: it may
/// refuse it after `opened`, with whatever was written by then unread. Until it has sent a sign of
/// consent, or has kept silent for `patience`, nothing counts as acknowledged.
class TlsStream final : public Stream, public std::enable_shared_from_this<TlsStream> {
 public:
  /// `patience` is for the peer's part of the handshake.
  TlsStream(boost::asio::io_context& context, std::shared_ptr<boost::asio::ssl::context> tls,
            Destination destination, Events events,
            std::chrono::milliseconds patience = std::chrono::seconds(5));

  void open() override;
  /// Takes 16 KiB at most: one record.
  void write(std::string_view bytes) override;
  /// Also in the name of TLS (close_notify): the peer knows that nothing was cut off. Its own
  /// close_notify, or its FIN without one, is the receipt.
  void finish() override;
  /// Never less than it is, and up to a record more.
  [[nodiscard]] std::size_t unacknowledged() override;
  void close() override;

 private:
  [[nodiscard]] bool demand_name();
  void connected(const std::string& why);
  void handshaken(const boost::system::error_code& error);
  void read();
  void has_read(const boost::system::error_code& error, std::size_t bytes);
  void write_past_asio();
  template <typename Then>
  void send(Then then);
  void could_not_write(const boost::system::error_code& error);
  [[nodiscard]] ClientCertificate client_certificate();
  [[nodiscard]] bool may_be_refused();
  void end(End end, const std::string& why);

  boost::asio::io_context& context_;
  std::shared_ptr<boost::asio::ssl::context> tls_;  ///< Outlives what was made from it.
  Destination destination_;
  Events events_;
  std::chrono::milliseconds patience_;
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  boost::asio::steady_timer deadline_;
  std::shared_ptr<TcpConnector> connector_;
  HalfClose half_close_;
  std::array<char, 1024> received_{};
  BIO* outgoing_ = nullptr;      ///< Ciphertext; of stream_, from the handshake on.
  std::string sending_;          ///< What came from it and is being written.
  std::string refused_because_;  ///< The peer's certificate.
  std::string write_failure_;    ///< Waits for the read, which may know better.
  std::size_t written_ = 0;
  bool is_asked_for_certificate_ = false;
  std::uint64_t handshake_bytes_ = 0;  ///< Of the peer.
  std::chrono::steady_clock::time_point handshaken_at_;
  bool is_open_ = false;
  bool is_refused_ = false;  ///< By an alert of the peer.
  bool is_over_ = false;
};

}  // namespace proctally::plugins::graphite
