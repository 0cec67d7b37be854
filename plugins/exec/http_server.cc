#include "plugins/exec/http_server.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <chrono>
#include <utility>

namespace proctally::plugins {
namespace {

using boost::system::error_code;

// What the kernel may hold for each connection; by itself it takes up to 10 MB.
constexpr int kSendBufferBytes = 256 * 1024;
constexpr int kReceiveBufferBytes = 32 * 1024;

// asio's sockets are not.
void close_on_exec(int fd) { (void)::fcntl(fd, F_SETFD, FD_CLOEXEC); }

}  // namespace

HttpServer::HttpServer(boost::asio::io_context& context, const Tcp::endpoint& endpoint,
                       std::string path, PageSource source, const HttpLimits& limits,
                       const Log& log)
    : limits_(limits),
      log_(log),
      site_(std::move(path), std::move(source), log),
      owner_{.answer =
                 [this](const HttpRequest& request) {
                   auto answer = site_.answer(request);
                   close_readers_of_old_pages();
                   return answer;
                 },
             .ended =
                 [this](const HttpConnection* ended) {
                   std::erase_if(connections_, [ended](const auto& connection) {
                     return connection.get() == ended;
                   });
                 }},
      acceptor_(context),
      pause_(context) {
  listen(endpoint);
}

void HttpServer::listen(const Tcp::endpoint& endpoint) {
  const bool is_everywhere = endpoint.address() == boost::asio::ip::address_v6::any();
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (is_everywhere && error == boost::asio::error::address_family_not_supported) {
    return listen({Tcp::v4(), endpoint.port()});  // A kernel without IPv6.
  }
  if (error) throw boost::system::system_error(error);
  close_on_exec(acceptor_.native_handle());
  acceptor_.set_option(Tcp::acceptor::reuse_address(true));
  if (is_everywhere) acceptor_.set_option(boost::asio::ip::v6_only(false));
  // Each connection has them from here.
  acceptor_.set_option(boost::asio::socket_base::send_buffer_size(kSendBufferBytes));
  acceptor_.set_option(boost::asio::socket_base::receive_buffer_size(kReceiveBufferBytes));
  acceptor_.bind(endpoint);
  acceptor_.listen();
}

void HttpServer::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  for (const auto& connection : connections_) connection->close();
  connections_.clear();
}

void HttpServer::accept() {
  acceptor_.async_accept([this](const error_code& error, Tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (error && error != boost::asio::error::connection_aborted) return pause(error);
    if (std::exchange(is_paused_, false)) log_.info("connections are accepted again");
    if (!error) admit(std::move(socket));
    accept();
  });
}

// Such as no descriptor being left: asking again at once would only burn CPU.
void HttpServer::pause(const error_code& error) {
  constexpr std::chrono::milliseconds kPause{100};
  if (!std::exchange(is_paused_, true)) {
    log_.warning(fmt::format("no connection can be accepted: {}", error.message()));
  }
  pause_.expires_after(kPause);
  pause_.async_wait([this](const error_code& stopped) {
    if (!stopped) accept();
  });
}

void HttpServer::admit(Tcp::socket socket) {
  close_on_exec(socket.native_handle());
  error_code ignored;
  // Answers to requests that came together would otherwise wait for each other's receipt.
  socket.set_option(Tcp::no_delay(true), ignored);
  if (connections_.size() >= limits_.max_connections) close_least();
  connections_.push_back(std::make_shared<HttpConnection>(std::move(socket), limits_, owner_));
  connections_.back()->start();
}

void HttpServer::close_least() {
  const auto least =
      std::min_element(connections_.begin(), connections_.end(),
                       [](const auto& a, const auto& b) { return a->standing() < b->standing(); });
  (*least)->close();
  connections_.erase(least);
}

void HttpServer::close_readers_of_old_pages() {
  std::erase_if(connections_, [this](const auto& connection) {
    const bool is_old = connection->page() != 0 &&
                        connection->page() + limits_.max_pages_held <= site_.newest_page();
    if (is_old) connection->close();
    return is_old;
  });
}

}  // namespace proctally::plugins
