#include "plugins/graphite/tcp_connector.h"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <chrono>
#include <utility>

namespace proctally::plugins::graphite {
namespace {

using boost::system::error_code;

constexpr std::chrono::seconds kForEach{5};

}  // namespace

TcpConnector::TcpConnector(boost::asio::io_context& context, Tcp::socket& socket, Done done)
    : socket_(socket), done_(std::move(done)), context_(context), timer_(context) {}

void TcpConnector::connect(const Destination& destination) {
  const auto port = destination.port_number();
  lookup_ = std::make_shared<NameLookup>(
      context_, [self = shared_from_this(), port, host = destination.host](
                    const std::string& why, const NameLookup::Addresses& addresses) {
        for (const auto& address : addresses) self->addresses_.emplace_back(address, port);
        self->found(why.empty() ? why : fmt::format("no address of {}: {}", host, why));
      });
  lookup_->start(destination.host);
  timer_.expires_after(kForEach);
  timer_.async_wait([self = shared_from_this(), host = destination.host](const error_code& error) {
    if (error || self->is_over_ || self->lookup_ == nullptr) return;
    self->end(fmt::format("no address of {}: the name server does not answer", host));
  });
}

void TcpConnector::found(const std::string& why) {
  if (is_over_) return;
  lookup_.reset();
  if (why.empty()) {
    try_next_address();
  } else {
    end(why);
  }
}

void TcpConnector::try_next_address() {
  if (next_address_ == addresses_.size()) {
    end(last_error_);
    return;
  }
  const auto address = addresses_[next_address_++];
  error_code ignored;
  socket_.close(ignored);
  is_connecting_ = true;
  timer_.expires_after(kForEach);
  timer_.async_wait([self = shared_from_this(), number = next_address_](const error_code& error) {
    // It may have been due in the moment in which the connection came about.
    if (error || self->is_over_ || !self->is_connecting_ || number != self->next_address_) return;
    // The connect that waits ends with operation_aborted, and the next address is tried.
    error_code unused;
    self->socket_.close(unused);
  });
  socket_.async_connect(address, [self = shared_from_this(), address](const error_code& error) {
    self->connected(address, error);
  });
}

void TcpConnector::connected(const Tcp::endpoint& address, error_code error) {
  if (is_over_) return;
  is_connecting_ = false;
  timer_.cancel();
  // On one host the kernel may choose the very port that nobody listens on as our own, and two
  // opens at once are a connection (RFC 9293, 3.5): with ourselves, whatever it says.
  error_code unknown;
  if (!error && socket_.local_endpoint(unknown) == address) {
    error = boost::asio::error::connection_refused;
  }
  if (!error) {
    set_connection_options(socket_);
    end("");
    return;
  }
  const bool is_late = error == boost::asio::error::operation_aborted;
  last_error_ = fmt::format("{} port {}: {}", address.address().to_string(), address.port(),
                            is_late ? "no answer" : error.message());
  try_next_address();
}

void TcpConnector::end(const std::string& why) {
  cancel();
  const auto done = std::exchange(done_, nullptr);  // Who hears of it may let go of us.
  done(why);
}

void TcpConnector::cancel() {
  is_over_ = true;
  timer_.cancel();
  if (lookup_ != nullptr) lookup_->cancel();
  lookup_.reset();
}

}  // namespace proctally::plugins::graphite
