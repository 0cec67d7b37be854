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
  connector_->connect(destination_);
}

void TcpStream::connected(const std::string& why) {
  connector_.reset();
  if (is_over_) return;
  if (!why.empty()) {
    end({End::broken, why});
    return;
  }
  read();
  events_.opened();
}

void TcpStream::read() {
  socket_.async_read_some(boost::asio::buffer(received_),
                          [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                            if (self->is_over_) return;
                            if (error == boost::asio::error::eof) {
                              self->end(self->half_close_.end_of_file(self->socket_));
                            } else if (error) {
                              self->end({End::broken, error.message()});
                            } else {
                              self->end(end_of_foreign({self->received_.data(), bytes}));
                            }
                          });
}

void TcpStream::write(std::string_view bytes) {
  socket_.async_write_some(boost::asio::buffer(bytes.data(), bytes.size()),
                           [self = shared_from_this()](const error_code& error, std::size_t size) {
                             if (self->is_over_) return;
                             if (error) {
                               self->could_not_write(error);
                             } else {
                               self->events_.written(size);
                             }
                           });
}

// The peer may have said why before it closed, and the read that waits was not told yet.
void TcpStream::could_not_write(const error_code& error) {
  error_code failure;
  const auto size = socket_.available(failure) > 0
                        ? socket_.read_some(boost::asio::buffer(received_), failure)
                        : 0;
  if (!failure && size > 0) {
    end(end_of_foreign({received_.data(), size}));
  } else {
    end({End::broken, error.message()});
  }
}

void TcpStream::finish() { half_close_.end_sending(socket_); }

void TcpStream::end(const StreamEnd& end) {
  if (is_over_) return;
  is_over_ = true;
  const auto ended = events_.ended;  // Who hears of it may let go of us.
  ended(end.end, end.why);
}

void TcpStream::close() {
  is_over_ = true;
  if (connector_ != nullptr) {
    connector_->cancel();
    connector_.reset();  // It holds us until its last call has come back.
  }
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace proctally::plugins::graphite
