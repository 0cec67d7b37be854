#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace proctally::plugins::graphite {

/// Opens one TCP connection to a host: asks for its addresses, which may have changed since the
/// last time, and tries each for five seconds. The socket then has what finds a peer that is gone:
/// keepalive while nothing is on its way, TCP_USER_TIMEOUT where nothing is acknowledged; and a
/// small buffer, because what is in it may be sent twice. For one attempt.
class TcpConnector final : public std::enable_shared_from_this<TcpConnector> {
 public:
  using Tcp = boost::asio::ip::tcp;
  /// Called once, on the io_context, unless it is cancelled: an empty `why` is success.
  using Done = std::function<void(const std::string& why)>;

  /// `socket` and what `done` needs live until then, or until cancel().
  TcpConnector(boost::asio::io_context& context, Tcp::socket& socket, Done done);

  void connect(const std::string& host, const std::string& port);
  void cancel();

 private:
  void try_next_address();

  Tcp::socket& socket_;
  Done done_;
  Tcp::resolver resolver_;
  boost::asio::steady_timer timer_;  ///< For one address.
  Tcp::resolver::results_type addresses_;
  Tcp::resolver::results_type::const_iterator next_address_;
  std::string last_error_;
  bool is_cancelled_ = false;
};

/// Of the bytes written to it: so many the peer's kernel has not acknowledged (SIOCOUTQ, tcp(7)).
[[nodiscard]] std::size_t unacknowledged_bytes(boost::asio::ip::tcp::socket& socket);

}  // namespace proctally::plugins::graphite
