#include "plugins/exec/http_connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/http/write.hpp>
#include <string_view>
#include <utility>

namespace proctally::plugins {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr unsigned kHttp11 = 11;
constexpr std::string_view kEndOfHeader = "\r\n\r\n";

using Parser = http::request_parser<http::empty_body>;

bool announces_body(const Parser& parser) {
  return parser.content_length().value_or(0) > 0 ||
         parser.get().count(http::field::transfer_encoding) > 0;
}

}  // namespace

HttpConnection::HttpConnection(Tcp::socket socket, const HttpLimits& limits, const Owner& owner)
    : limits_(limits),
      owner_(owner),
      stream_(std::move(socket)),
      rest_(stream_.get_executor()),
      standing_{.since = Clock::now()} {}

void HttpConnection::start() { read_request(); }

void HttpConnection::close() {
  is_over_ = true;
  stream_.close();
}

void HttpConnection::end() {
  if (is_over_) return;
  close();
  owner_.ended(this);
}

void HttpConnection::wait_for_request() {
  if (!buffer_.empty()) {
    read_request();
    return;
  }
  buffer_.resize(1);
  stream_.expires_after(limits_.idle_deadline);
  stream_.async_read_some(
      asio::buffer(buffer_),
      [self = shared_from_this()](const error_code& error, std::size_t /*bytes*/) {
        if (self->is_over_) return;
        if (error) return self->end();
        self->read_request();
      });
}

// Nothing is parsed before the header is whole: Beast's own limit is one of each line.
void HttpConnection::read_request() {
  stream_.expires_after(limits_.request_deadline);
  asio::async_read_until(stream_, asio::dynamic_buffer(buffer_, limits_.header_bytes), kEndOfHeader,
                         [self = shared_from_this()](const error_code& error, std::size_t size) {
                           if (self->is_over_) return;
                           if (!error) return self->take_header(size);
                           if (error == asio::error::not_found) {
                             return self->refuse(HttpStatus::request_header_fields_too_large,
                                                 "the header is too large\n");
                           }
                           self->end();
                         });
}

void HttpConnection::take_header(std::size_t size) {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(size));
  error_code error;
  parser.put(asio::buffer(buffer_.data(), size), error);
  buffer_.erase(0, size);
  const bool is_request = !error && parser.is_header_done();
  // What follows such a header is a body or another request, and who looks differently at it could
  // smuggle one in: nothing after it is read.
  if (error == http::error::body_limit || (is_request && announces_body(parser))) {
    return refuse(HttpStatus::payload_too_large, "a request has no body here\n");
  }
  if (!is_request) return refuse(HttpStatus::bad_request, "this is no request of HTTP\n");
  const auto& request = parser.get();
  standing_ = {.has_asked = true, .since = Clock::now()};
  write(owner_.answer(request), request, request.keep_alive() ? After::next_request : After::end);
}

void HttpConnection::refuse(HttpStatus status, const char* text) {
  HttpRequest unknown;
  unknown.version(kHttp11);
  write(plain_answer(status, text), unknown, After::end);
}

void HttpConnection::write(HttpAnswer answer, const HttpRequest& request, After after) {
  answer_ = std::move(answer);
  response_ = {answer_.status, request.version()};
  response_.set(http::field::content_type,
                {answer_.content_type.data(), answer_.content_type.size()});
  if (answer_.is_gzipped) response_.set(http::field::content_encoding, "gzip");
  if (answer_.status == HttpStatus::method_not_allowed) {
    response_.set(http::field::allow, "GET, HEAD");
  }
  response_.content_length(answer_.body->size());
  response_.keep_alive(after == After::next_request);
  if (request.method() != http::verb::head) {
    response_.body() = {answer_.body->data(), answer_.body->size()};
  }
  stream_.expires_after(limits_.write_deadline);
  http::async_write(
      stream_, response_,
      [self = shared_from_this(), after](const error_code& error, std::size_t /*bytes*/) {
        if (self->is_over_) return;
        self->answer_ = {};
        if (error) return self->end();
        if (after == After::next_request) return self->rest();
        self->wait_for_end();
      });
}

void HttpConnection::rest() {
  rest_.expires_after(limits_.rest);
  rest_.async_wait([self = shared_from_this()](const error_code& /*error*/) {
    if (!self->is_over_) self->wait_for_request();
  });
}

// A close with bytes that nobody has read resets the connection, and the answer may be lost with
// them: the client is given a moment to see it and to close its end.
void HttpConnection::wait_for_end() {
  constexpr std::chrono::seconds kMoment{1};
  error_code ignored;
  stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
  standing_ = {};
  buffer_.resize(limits_.header_bytes);
  stream_.expires_after(kMoment);
  discard();
}

void HttpConnection::discard() {
  constexpr std::size_t kEnough = 256 * 1024;
  stream_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                            if (self->is_over_) return;
                            self->discarded_ += bytes;
                            if (error || self->discarded_ > kEnough) return self->end();
                            self->discard();
                          });
}

}  // namespace proctally::plugins
