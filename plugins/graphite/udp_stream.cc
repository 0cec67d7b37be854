#include "plugins/graphite/udp_stream.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "plugins/graphite/first_lines.h"

namespace proctally::plugins::graphite {
namespace {

using boost::system::error_code;

// 1500 bytes of Ethernet less the headers of IPv6 and UDP, and some for tunnels.
constexpr std::size_t kMostBytes = 1428;

}  // namespace

UdpStream::UdpStream(boost::asio::io_context& context, Destination destination, Events events)
    : destination_(std::move(destination)),
      events_(std::move(events)),
      resolver_(context),
      socket_(context) {}

void UdpStream::open() {
  resolver_.async_resolve(
      destination_.host, destination_.port,
      [self = shared_from_this()](const error_code& error, const auto& addresses) {
        if (self->is_closed_) return;
        error_code failure = error;
        // Sends nothing: it only looks for a route.
        if (!failure) boost::asio::connect(self->socket_, addresses, failure);
        if (failure) {
          self->end(End::broken, fmt::format("{}: {}", self->destination_.host, failure.message()));
        } else {
          self->events_.opened();
        }
      });
}

void UdpStream::write(std::string_view bytes) {
  const auto lines = first_lines(bytes, kMostBytes);
  socket_.async_send(boost::asio::buffer(lines.data(), lines.size()),
                     [self = shared_from_this(), lines](const error_code& error, std::size_t) {
                       if (self->is_closed_) return;
                       // Of an earlier datagram: this one was not sent and is the next.
                       const bool is_refusal = error == boost::asio::error::connection_refused;
                       if (error && !is_refusal) {
                         self->end(End::broken, error.message());
                       } else {
                         self->events_.written(is_refusal ? 0 : lines.size());
                       }
                     });
}

void UdpStream::finish() {
  boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->end(End::by_peer, "there is no receipt over UDP");
  });
}

void UdpStream::end(End end, const std::string& why) {
  if (is_closed_) return;
  const auto ended = events_.ended;  // Who hears of it may let go of us.
  ended(end, why);
}

void UdpStream::close() {
  is_closed_ = true;
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace proctally::plugins::graphite
