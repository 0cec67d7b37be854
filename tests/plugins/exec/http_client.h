#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace proctally::test {

/// A client that sends any bytes and keeps what comes back, on the io_context of the test.
class HttpClient {
 public:
  using Tcp = boost::asio::ip::tcp;

  HttpClient(boost::asio::io_context& context, const Tcp::endpoint& server)
      : state_(std::make_shared<State>(context)) {
    state_->socket.connect(server);
  }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient() { hang_up(); }

  void send(std::string_view bytes) {
    boost::system::error_code ignored;  // The server may have had enough.
    boost::asio::write(state_->socket, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
  }
  /// From now on, all that comes.
  void read() { read_on(state_); }
  void hang_up() {
    boost::system::error_code ignored;
    state_->socket.close(ignored);
  }

  [[nodiscard]] const std::string& received() const { return state_->received; }
  /// By the server; is known only to who reads.
  [[nodiscard]] bool is_closed() const { return state_->is_closed; }

 private:
  struct State {
    explicit State(boost::asio::io_context& context) : socket(context) {}
    Tcp::socket socket;
    std::array<char, 65536> buffer{};
    std::string received;
    bool is_closed = false;
  };

  static void read_on(const std::shared_ptr<State>& state) {
    state->socket.async_read_some(
        boost::asio::buffer(state->buffer),
        [state](const boost::system::error_code& error, std::size_t bytes) {
          state->received.append(state->buffer.data(), bytes);
          state->is_closed = static_cast<bool>(error);
          if (!error) read_on(state);
        });
  }

  std::shared_ptr<State> state_;
};

}  // namespace proctally::test
