#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/span_body.hpp>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "plugins/exec/http_limits.h"
#include "plugins/exec/http_site.h"

namespace proctally::plugins {

/// One client: reads a request, answers, and reads the next, until either has enough. What is no
/// request, is too large, or has a body is refused and the connection closed; what takes too long
/// is closed at once. Holds itself as long as something is on its way.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Tcp = boost::asio::ip::tcp;
  using Clock = std::chrono::steady_clock;

  /// Not used any more when either end has closed the connection.
  struct Owner {
    std::function<HttpAnswer(const HttpRequest&)> answer;
    std::function<void(const HttpConnection*)> ended;  ///< By the client, or a deadline.
  };

  /// How much is lost with it: of two connections the lesser goes first.
  struct Standing {
    bool has_asked = false;     ///< A whole request has come.
    Clock::time_point since{};  ///< The last one, or the connection itself.
    auto operator<=>(const Standing&) const = default;
  };

  /// `limits` and `owner` live as long as the connection is open.
  HttpConnection(Tcp::socket socket, const HttpLimits& limits, const Owner& owner);

  void start();
  /// Closes it at once; the owner does not hear of it.
  void close();

  [[nodiscard]] Standing standing() const { return standing_; }
  /// The page that is on its way to the client; 0: none.
  [[nodiscard]] std::uint64_t page() const { return answer_.page; }

 private:
  using error_code = boost::system::error_code;
  enum class After : std::uint8_t { next_request, end };

  void wait_for_request();
  void rest();
  void read_request();
  void take_header(std::size_t size);
  void refuse(HttpStatus status, const char* text);
  void write(HttpAnswer answer, const HttpRequest& request, After after);
  void wait_for_end();
  void discard();
  void end();

  const HttpLimits& limits_;
  const Owner& owner_;
  boost::beast::tcp_stream stream_;
  boost::asio::steady_timer rest_;
  std::string buffer_;  ///< What has come and is not answered yet.
  HttpAnswer answer_;   ///< On its way.
  boost::beast::http::response<boost::beast::http::span_body<const char>> response_;
  Standing standing_;
  std::size_t discarded_ = 0;
  bool is_over_ = false;
};

}  // namespace proctally::plugins
