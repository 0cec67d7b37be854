#include "plugins/graphite/tcp_stream.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <utility>

namespace proctally::plugins::graphite {

using boost::system::error_code;

TcpStream::TcpStream(boost::asio::io_context& context, Destination destination, Events events)
    : context_(context),
      destination_(std::move(destination)),
      events_(std::move(events)),
      socket_(context) {}

void TcpStream::open() {
  connector_ = std::make_shared<TcpConnector>(
      context_, socket_,
      [self = shared_from_this()](const std::string& why) { self->connected(why); });
  connector_->connect(destination_.host, destination_.port);
}

void TcpStream::connected(const std::string& why) {
  connector_.reset();
  if (is_closed_) return;
  if (!why.empty()) {
    end(End::broken, why);
    return;
  }
  read();
  events_.opened();
}

void TcpStream::read() {
  socket_.async_read_some(
      boost::asio::buffer(received_),
      [self = shared_from_this()](const error_code& error, std::size_t bytes) {
        if (self->is_closed_) return;
        if (error == boost::asio::error::eof) {
          self->end(End::by_peer, "the peer closed the connection");
        } else if (error) {
          self->end(End::broken, error.message());
        } else if (std::string_view(self->received_.data(), bytes).starts_with("HTTP/")) {
          self->end(End::broken, "the peer speaks HTTP, not Graphite's plaintext protocol");
        } else {
          self->read();
        }
      });
}

void TcpStream::write(std::string_view bytes) {
  socket_.async_write_some(boost::asio::buffer(bytes.data(), bytes.size()),
                           [self = shared_from_this()](const error_code& error, std::size_t size) {
                             if (self->is_closed_) return;
                             if (error) {
                               self->end(End::broken, error.message());
                             } else {
                               self->events_.written(size);
                             }
                           });
}

void TcpStream::finish() {
  error_code ignored;  // Whatever it is, the read will tell.
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
}

void TcpStream::end(End end, const std::string& why) {
  if (is_closed_) return;
  const auto ended = events_.ended;  // Who hears of it may let go of us.
  ended(end, why);
}

void TcpStream::close() {
  is_closed_ = true;
  if (connector_ != nullptr) {
    connector_->cancel();
    connector_.reset();  // It holds us until its last call has come back.
  }
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace proctally::plugins::graphite
