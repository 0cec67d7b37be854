#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "plugins/graphite/destination.h"
#include "plugins/graphite/name_lookup.h"
#include "plugins/graphite/stream.h"

namespace proctally::plugins::graphite {

/// udp://. Whole lines in datagrams that no router has to cut: carbon reads no more than 8192 bytes
/// of one, and drops all of it for one bad byte. Nothing is ever known of their arrival, but a host
/// may say that nobody listens there: that ends it.
class UdpStream final : public Stream, public std::enable_shared_from_this<UdpStream> {
 public:
  UdpStream(boost::asio::io_context& context, Destination destination, Events events);

  void open() override;
  void write(std::string_view bytes) override;
  void finish() override;
  [[nodiscard]] std::size_t unacknowledged() override { return 0; }
  [[nodiscard]] bool has_acknowledgements() const override { return false; }
  void close() override;
  /// Nothing ever tells that the host has moved: its name is asked again.
  [[nodiscard]] std::chrono::milliseconds max_age() const override {
    return std::chrono::minutes(5);
  }

 private:
  using Udp = boost::asio::ip::udp;

  void found(const std::string& why, const NameLookup::Addresses& addresses);
  void end(End end, const std::string& why);

  Destination destination_;
  Events events_;
  boost::asio::io_context& context_;
  std::shared_ptr<NameLookup> lookup_;
  Udp::socket socket_;
  bool is_over_ = false;
};

}  // namespace proctally::plugins::graphite
