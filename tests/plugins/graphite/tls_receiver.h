#pragma once

#include <openssl/ssl.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "tests/plugins/graphite/certificates.h"

namespace proctally::test {

/// A peer that speaks TLS, on a free port of 127.0.0.1 and the io_context of the test. It drives
/// OpenSSL itself, without Asio's TLS: so it sees what crosses the wire, and can misbehave.
class TlsReceiver {
 public:
  /// How it answers the end of what it reads.
  enum class Farewell : std::uint8_t {
    close_notify,  ///< To a close_notify with its own, then closes.
    only_tcp,      ///< To a close_notify: closes TCP without a word.
    after_fin,     ///< To nothing but TCP's end, with TCP's end.
    reset,         ///< To a close_notify with a reset.
  };
  struct Manner {
    Identity identity{};
    int version = TLS1_3_VERSION;  ///< No other.
    std::string client_ca{};       ///< Empty: it asks for no certificate.
    Farewell farewell = Farewell::close_notify;
    std::string greeting{};            ///< Not empty: it says so in the clear, and speaks no TLS.
    bool sends_tickets = true;         ///< What most peers send after the handshake of TLS 1.3.
    std::size_t most_at_once = 65536;  ///< Bytes it reads in one turn of the io_context.
  };

  TlsReceiver(boost::asio::io_context& context, Manner manner);

  /// What the connections that are open do now, unasked.
  void say_goodbye(Farewell farewell);
  void ask_for_new_keys();
  void renegotiate();

  /// Reads so many bytes more, then nothing until it is told again. At first there is no limit.
  void read_only(std::size_t bytes);
  [[nodiscard]] bool is_done_reading() const { return allowed_ == 0; }
  void pause() { allowed_ = 0; }
  void resume() { read_only(SIZE_MAX); }
  /// Bytes that its kernel has, and it has not read.
  [[nodiscard]] std::size_t unread() const;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] int handshakes() const { return handshakes_; }
  /// What was in the records, of all connections; and what came over TCP.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::string& wire() const { return wire_; }
  /// All of the text at the moment when a connection's close_notify was read.
  [[nodiscard]] const std::string& text_before_goodbye() const { return text_before_goodbye_; }
  [[nodiscard]] int goodbyes() const { return goodbyes_; }  ///< The close_notify of others.
  [[nodiscard]] const std::string& asked_for_host() const { return asked_for_host_; }  ///< SNI.

 private:
  using Tcp = boost::asio::ip::tcp;
  struct Connection {
    Tcp::socket socket;
    std::shared_ptr<SSL> ssl;
    std::array<char, 65536> buffer{};
    bool is_reading = false;
    bool is_over = false;
  };
  using Place = std::list<Connection>::iterator;

  void accept();
  void read(Place connection);
  void proceed(Connection& connection);
  void answer_goodbye(Connection& connection, Farewell farewell);
  void flush(Connection& connection);

  Manner manner_;
  std::shared_ptr<SSL_CTX> tls_;
  Tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::list<Connection> open_;
  std::size_t allowed_ = SIZE_MAX;
  int connections_ = 0;
  int handshakes_ = 0;
  int goodbyes_ = 0;
  std::string text_;
  std::string wire_;
  std::string text_before_goodbye_;
  std::string asked_for_host_;
};

}  // namespace proctally::test
