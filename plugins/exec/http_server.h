#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "plugins/common/log.h"
#include "plugins/exec/http_connection.h"
#include "plugins/exec/http_limits.h"
#include "plugins/exec/http_site.h"

namespace proctally::plugins {

/// Serves a page of metrics over HTTP/1.1 and 1.0. Whatever clients do, they cost no more than the
/// limits: where all connections are taken, a new one takes the place of another, of one that has
/// asked for nothing yet before one that has, and of the one that has been quiet for longest. One
/// thread, one io_context.
class HttpServer {
 public:
  using Tcp = boost::asio::ip::tcp;

  /// Listens, and answers nobody yet. The IPv6 address :: is every address of IPv4 too. `path` and
  /// `source` are those of HttpSite. `context` and `log` outlive the server, which lives until the
  /// io_context runs no more. Throws boost::system::system_error where it cannot listen.
  HttpServer(boost::asio::io_context& context, const Tcp::endpoint& endpoint, std::string path,
             PageSource source, const HttpLimits& limits, const Log& log);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() { stop(); }

  void start() { accept(); }
  /// Closes all connections.
  void stop();

  [[nodiscard]] Tcp::endpoint local_endpoint() const { return acceptor_.local_endpoint(); }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

 private:
  void listen(const Tcp::endpoint& endpoint);
  void accept();
  void pause(const boost::system::error_code& error);
  void admit(Tcp::socket socket);
  void close_least();
  void close_readers_of_old_pages();

  HttpLimits limits_;
  const Log& log_;
  HttpSite site_;
  HttpConnection::Owner owner_;
  Tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::vector<std::shared_ptr<HttpConnection>> connections_;
  bool is_paused_ = false;
};

}  // namespace proctally::plugins
