#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

namespace proctally::test {

/// A receiver of lines on a free port of 127.0.0.1, on the io_context of the test, that behaves as
/// badly as it is told to.
class Receiver {
 public:
  enum class Manner : std::uint8_t {
    reads,          ///< Everything; ends when the peer does.
    never_reads,    ///< Accepts only.
    closes,         ///< Accepts and ends the connection at once.
    stays,          ///< Reads everything, and never ends its side.
    reads_a_little  ///< So many bytes, then it resets the connection.
  };

  Receiver(boost::asio::io_context& context, Manner manner);
  /// Listens again, or for the first time, on the same port.
  void listen();
  /// Ends the listening and every connection, as the death of a process does.
  void die();
  /// Resets every connection.
  void reset_all();
  void behave(Manner manner, std::size_t bytes = 0) {
    manner_ = manner;
    bytes_until_reset_ = bytes;
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Whole lines, with how often each arrived.
  [[nodiscard]] const std::map<std::string, int>& lines() const { return lines_; }
  [[nodiscard]] int connections() const { return connections_; }
  /// Connections that ended in the middle of a line.
  [[nodiscard]] int cut_lines() const { return cut_lines_; }

 private:
  using Tcp = boost::asio::ip::tcp;
  struct Connection {
    explicit Connection(Tcp::socket accepted) : socket(std::move(accepted)), buffer(65536) {}
    Tcp::socket socket;
    std::vector<char> buffer;
    std::string tail;
    std::size_t received = 0;
  };

  void accept();
  void read(std::list<Connection>::iterator connection);
  void take(Connection& connection, std::string_view bytes);

  boost::asio::io_context& context_;
  Manner manner_;
  std::size_t bytes_until_reset_ = 0;
  std::uint16_t port_ = 0;
  Tcp::acceptor acceptor_;
  std::list<Connection> open_;
  std::map<std::string, int> lines_;
  int connections_ = 0;
  int cut_lines_ = 0;
};

}  // namespace proctally::test
