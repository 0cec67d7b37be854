#include "plugins/graphite/tcp_connector.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <boost/asio/error.hpp>
#include <chrono>
#include <utility>

namespace proctally::plugins::graphite {
namespace {

using boost::system::error_code;
using Tcp = boost::asio::ip::tcp;

constexpr std::chrono::seconds kForOneAddress{5};
constexpr int kSendBufferBytes = 128 * 1024;
constexpr int kIdleSeconds = 30;
constexpr int kProbeSeconds = 10;
constexpr int kProbes = 3;
constexpr int kUnacknowledgedMs = 60'000;

template <int kName>
using TcpOption = boost::asio::detail::socket_option::integer<IPPROTO_TCP, kName>;

void set_options(Tcp::socket& socket) {
  // Where one is refused the connection is only slower to notice its end.
  error_code ignored;
  socket.set_option(boost::asio::socket_base::send_buffer_size(kSendBufferBytes), ignored);
  socket.set_option(boost::asio::socket_base::keep_alive(true), ignored);
  socket.set_option(TcpOption<TCP_KEEPIDLE>(kIdleSeconds), ignored);
  socket.set_option(TcpOption<TCP_KEEPINTVL>(kProbeSeconds), ignored);
  socket.set_option(TcpOption<TCP_KEEPCNT>(kProbes), ignored);
  socket.set_option(TcpOption<TCP_USER_TIMEOUT>(kUnacknowledgedMs), ignored);
}

}  // namespace

TcpConnector::TcpConnector(boost::asio::io_context& context, Tcp::socket& socket, Done done)
    : socket_(socket), done_(std::move(done)), resolver_(context), timer_(context) {}

void TcpConnector::connect(const std::string& host, const std::string& port) {
  resolver_.async_resolve(
      host, port, [self = shared_from_this(), host](const error_code& error, auto addresses) {
        if (self->is_cancelled_) return;
        if (error) {
          self->done_(fmt::format("no address of {}: {}", host, error.message()));
          return;
        }
        self->addresses_ = std::move(addresses);
        self->next_address_ = self->addresses_.begin();
        self->try_next_address();
      });
}

void TcpConnector::try_next_address() {
  if (next_address_ == addresses_.end()) {
    done_(last_error_);
    return;
  }
  const Tcp::endpoint address = *next_address_++;
  error_code ignored;
  socket_.close(ignored);
  timer_.expires_after(kForOneAddress);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    // The connect that waits ends with operation_aborted, and the next address is tried.
    error_code unused;
    if (!error && !self->is_cancelled_) self->socket_.close(unused);
  });
  socket_.async_connect(address, [self = shared_from_this(), address](const error_code& error) {
    if (self->is_cancelled_) return;
    self->timer_.cancel();
    if (!error) {
      set_options(self->socket_);
      self->done_({});
      return;
    }
    const bool is_late = error == boost::asio::error::operation_aborted;
    self->last_error_ = fmt::format("{} port {}: {}", address.address().to_string(), address.port(),
                                    is_late ? "no answer" : error.message());
    self->try_next_address();
  });
}

void TcpConnector::cancel() {
  is_cancelled_ = true;
  resolver_.cancel();
  timer_.cancel();
}

std::size_t unacknowledged_bytes(Tcp::socket& socket) {
  int bytes = 0;
  if (::ioctl(socket.native_handle(), SIOCOUTQ, &bytes) != 0) return 0;
  return static_cast<std::size_t>(bytes);
}

}  // namespace proctally::plugins::graphite
