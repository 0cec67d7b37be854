#include "tests/plugins/graphite/receiver.h"

#include <boost/asio/buffer.hpp>
#include <utility>

namespace proctally::test {

using boost::system::error_code;

Receiver::Receiver(boost::asio::io_context& context, Manner manner)
    : context_(context), manner_(manner), acceptor_(context) {
  // Bound and not listening: the port is ours, and whoever connects is refused.
  acceptor_.open(Tcp::v4());
  acceptor_.set_option(Tcp::acceptor::reuse_address(true));
  acceptor_.bind({boost::asio::ip::address_v4::loopback(), 0});
  port_ = acceptor_.local_endpoint().port();
}

void Receiver::listen() {
  if (!acceptor_.is_open()) {
    acceptor_.open(Tcp::v4());
    acceptor_.set_option(Tcp::acceptor::reuse_address(true));
    acceptor_.bind({boost::asio::ip::address_v4::loopback(), port_});
  }
  acceptor_.listen();
  accept();
}

void Receiver::die() {
  acceptor_.close();
  for (auto& connection : open_) connection.socket.close();
}

void Receiver::reset_all() {
  for (auto& connection : open_) {
    connection.socket.set_option(boost::asio::socket_base::linger(true, 0));
    connection.socket.close();
  }
}

void Receiver::accept() {
  acceptor_.async_accept([this](const error_code& error, Tcp::socket socket) {
    if (error) return;
    ++connections_;
    if (manner_ != Manner::closes) {
      const auto connection = open_.emplace(open_.end(), std::move(socket));
      if (manner_ != Manner::never_reads) read(connection);
    }
    accept();
  });
}

void Receiver::read(std::list<Connection>::iterator connection) {
  auto& buffer = connection->buffer;
  const auto most = manner_ == Manner::reads_a_little
                        ? std::min(buffer.size(), bytes_until_reset_ - connection->received)
                        : buffer.size();
  connection->socket.async_read_some(
      boost::asio::buffer(buffer.data(), most),
      [this, connection](const error_code& error, std::size_t bytes) {
        take(*connection, {connection->buffer.data(), bytes});
        const bool is_enough =
            manner_ == Manner::reads_a_little && connection->received >= bytes_until_reset_;
        if (is_enough) connection->socket.set_option(boost::asio::socket_base::linger(true, 0));
        if (error && manner_ == Manner::stays) return;
        if (error || is_enough) {
          if (!connection->tail.empty()) ++cut_lines_;
          open_.erase(connection);
        } else {
          read(connection);
        }
      });
}

void Receiver::take(Connection& connection, std::string_view bytes) {
  connection.received += bytes.size();
  connection.tail += bytes;
  for (auto end = connection.tail.find('\n'); end != std::string::npos;
       end = connection.tail.find('\n')) {
    ++lines_[connection.tail.substr(0, end)];
    connection.tail.erase(0, end + 1);
  }
}

}  // namespace proctally::test
