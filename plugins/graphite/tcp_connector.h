#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "plugins/graphite/destination.h"
#include "plugins/graphite/name_lookup.h"
#include "plugins/graphite/tcp_socket.h"

namespace proctally::plugins::graphite {

/// Opens one TCP connection to a host: asks for its addresses, which may have changed since the
/// last time, and tries each. Five seconds for the one and for each of the other. For one attempt.
class TcpConnector final : public std::enable_shared_from_this<TcpConnector> {
 public:
  /// Called once, on the io_context, unless it is cancelled: an empty `why` is success.
  using Done = std::function<void(const std::string& why)>;

  /// `socket` and what `done` needs live until then, or until cancel().
  TcpConnector(boost::asio::io_context& context, Tcp::socket& socket, Done done);

  void connect(const Destination& destination);
  void cancel();

 private:
  void found(const std::string& why);
  void try_next_address();
  void connected(const Tcp::endpoint& address, boost::system::error_code error);
  void end(const std::string& why);

  Tcp::socket& socket_;
  Done done_;
  boost::asio::io_context& context_;
  std::shared_ptr<NameLookup> lookup_;
  boost::asio::steady_timer timer_;  ///< For the lookup, then for each address.
  std::vector<Tcp::endpoint> addresses_;
  std::size_t next_address_ = 0;
  bool is_connecting_ = false;
  std::string last_error_;
  bool is_over_ = false;
};

}  // namespace proctally::plugins::graphite
