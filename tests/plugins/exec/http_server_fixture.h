#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "plugins/exec/http_server.h"
#include "tests/plugins/exec/http_client.h"
#include "tests/plugins/graphite/recording_log.h"
#include "tests/plugins/graphite/run_until.h"

namespace proctally::test {

inline const std::string kGet = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
inline const std::string kGetAndClose = "GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n";
inline constexpr std::chrono::milliseconds kSoon{100};

inline std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

inline std::string page_of(std::size_t bytes, char letter = 'x') {
  return std::string(bytes, letter);
}

/// A server with a page, and clients of it, on one io_context.
class HttpServerFixture : public testing::Test {
 protected:
  void serve(const plugins::HttpLimits& limits = {}) {
    const plugins::HttpServer::Tcp::endpoint anywhere(boost::asio::ip::address_v4::loopback(), 0);
    server_ = std::make_unique<plugins::HttpServer>(
        context_, anywhere, "/metrics",
        [this] {
          ++scrapes_;
          return page_;
        },
        limits, log_);
    server_->start();
  }
  /// A client that reads.
  HttpClient& connect() {
    auto& client = connect_without_reading();
    client.read();
    return client;
  }
  HttpClient& connect_without_reading() {
    return clients_.emplace_back(context_, server_->local_endpoint());
  }
  /// All that the server says to these bytes until it closes the connection.
  std::string said_to(std::string_view bytes) {
    auto& client = connect();
    client.send(bytes);
    run_until(context_, [&] { return client.is_closed(); });
    return client.received();
  }
  void run_until_connections(std::size_t count) {
    run_until(context_, [&] { return server_->connections() == count; });
  }
  void publish(const std::string& text) { page_ = std::make_shared<const std::string>(text); }

  boost::asio::io_context context_;
  RecordingLog log_;
  std::shared_ptr<const std::string> page_ = std::make_shared<const std::string>("up 1\n");
  int scrapes_ = 0;
  std::unique_ptr<plugins::HttpServer> server_;
  std::deque<HttpClient> clients_;
};

}  // namespace proctally::test
