#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "plugins/graphite/destination.h"
#include "plugins/graphite/stream.h"

namespace proctally::plugins::graphite {

/// udp://. Whole lines in datagrams that no router has to cut: carbon reads no more than 8192 bytes
/// of one, and drops all of it for one bad byte. Nothing is ever known of their arrival; a host
/// that says that nobody listens there is only told of, as the next datagram may arrive.
class UdpStream final : public Stream, public std::enable_shared_from_this<UdpStream> {
 public:
  UdpStream(boost::asio::io_context& context, Destination destination, Events events);

  void open() override;
  void write(std::string_view bytes) override;
  void finish() override;
  [[nodiscard]] std::size_t unacknowledged() override { return 0; }
  void close() override;

 private:
  using Udp = boost::asio::ip::udp;

  void end(End end, const std::string& why);

  Destination destination_;
  Events events_;
  Udp::resolver resolver_;
  Udp::socket socket_;
  bool is_closed_ = false;
};

}  // namespace proctally::plugins::graphite
