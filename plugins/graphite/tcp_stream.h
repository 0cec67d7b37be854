#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "plugins/graphite/destination.h"
#include "plugins/graphite/stream.h"
#include "plugins/graphite/tcp_connector.h"
#include "plugins/graphite/tcp_socket.h"

namespace proctally::plugins::graphite {

/// tcp://. A read is always pending, so that the end is known at once. What a peer sends is of no
/// use here; where it shows that this is no carbon, that is the end.
class TcpStream final : public Stream, public std::enable_shared_from_this<TcpStream> {
 public:
  TcpStream(boost::asio::io_context& context, Destination destination, Events events);

  void open() override;
  void write(std::string_view bytes) override;
  void finish() override;
  void complete_line(std::string_view rest) override { push_out(socket_, rest); }
  [[nodiscard]] std::size_t unacknowledged() override { return unacknowledged_bytes(socket_); }
  void close() override;

 private:
  void connected(const std::string& why);
  void read();
  void could_not_write(const boost::system::error_code& error);
  void end(const StreamEnd& end);

  boost::asio::io_context& context_;
  Destination destination_;
  Events events_;
  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<TcpConnector> connector_;
  HalfClose half_close_;
  std::array<char, 1024> received_{};
  bool is_over_ = false;
};

}  // namespace proctally::plugins::graphite
