#include "plugins/graphite/udp_stream.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
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
      context_(context),
      socket_(context) {}

void UdpStream::open() {
  lookup_ = std::make_shared<NameLookup>(
      context_,
      [self = shared_from_this()](const std::string& why, const NameLookup::Addresses& addresses) {
        self->found(why, addresses);
      });
  lookup_->start(destination_.host);
}

void UdpStream::found(const std::string& why, const NameLookup::Addresses& addresses) {
  lookup_.reset();
  if (is_over_) return;
  if (!why.empty()) {
    end(End::broken, fmt::format("no address of {}: {}", destination_.host, why));
    return;
  }
  error_code failure;
  for (const auto& address : addresses) {
    error_code ignored;
    socket_.close(ignored);
    // Sends nothing: it only looks for a route.
    if (!socket_.connect({address, destination_.port_number()}, failure)) break;
  }
  if (failure) {
    end(End::broken, fmt::format("{}: {}", destination_.host, failure.message()));
  } else {
    events_.opened();
  }
}

void UdpStream::write(std::string_view bytes) {
  const auto lines = first_lines(bytes, kMostBytes);
  socket_.async_send(boost::asio::buffer(lines.data(), lines.size()),
                     [self = shared_from_this(), lines](const error_code& error, std::size_t) {
                       if (self->is_over_) return;
                       // Of an earlier datagram: this one was not sent.
                       if (error == boost::asio::error::connection_refused) {
                         self->end(End::broken, "the host answers that nobody listens there");
                       } else if (error) {
                         self->end(End::broken, error.message());
                       } else {
                         self->events_.written(lines.size());
                       }
                     });
}

void UdpStream::finish() {
  boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->end(End::by_peer, "there is no receipt over UDP");
  });
}

void UdpStream::end(End end, const std::string& why) {
  if (is_over_) return;
  is_over_ = true;
  const auto ended = events_.ended;  // Who hears of it may let go of us.
  ended(end, why);
}

void UdpStream::close() {
  is_over_ = true;
  if (lookup_ != nullptr) lookup_->cancel();
  lookup_.reset();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace proctally::plugins::graphite
