#include "plugins/graphite/tcp_socket.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <cstdint>

#include "core/naming/group_label.h"

namespace proctally::plugins::graphite {
namespace {

using boost::system::error_code;

constexpr int kSendBufferBytes = 128 * 1024;
constexpr int kIdleSeconds = 30;
constexpr int kProbeSeconds = 10;
constexpr int kProbes = 3;
constexpr int kUnacknowledgedMs = 60'000;

// Where one is refused the connection is only slower to notice its end.
void set_option(Tcp::socket& socket, int level, int name, int value) {
  (void)::setsockopt(socket.native_handle(), level, name, &value, sizeof value);
}

/// One of enum TCP_ESTABLISHED, TCP_CLOSE...; -1 where there is no such socket.
int state_of(Tcp::socket& socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  const bool is_known =
      ::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
  return is_known ? info.tcpi_state : -1;
}

bool has_received_all(Tcp::socket& socket) {
  // A FIN that acknowledges ours makes the state TIME_WAIT, in which the socket itself is closed
  // (net/ipv4/tcp_minisocks.c, tcp_time_wait()). After a reset a read says end of file too where a
  // FIN came before it (tcp_recvmsg_locked()), but there is an error.
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
         error == 0 && state_of(socket) == TCP_CLOSE;
}

}  // namespace

void set_connection_options(Tcp::socket& socket) {
  set_option(socket, SOL_SOCKET, SO_SNDBUF, kSendBufferBytes);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, kIdleSeconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, kProbeSeconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, kUnacknowledgedMs);
}

std::size_t unacknowledged_bytes(Tcp::socket& socket) {
  int bytes = 0;
  if (::ioctl(socket.native_handle(), SIOCOUTQ, &bytes) != 0) return SIZE_MAX;
  return static_cast<std::size_t>(bytes);
}

void push_out(Tcp::socket& socket, std::string_view bytes) {
  constexpr int kRoom = 4 * kSendBufferBytes;
  set_option(socket, SOL_SOCKET, SO_SNDBUF, kRoom);
  (void)::send(socket.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void cork(Tcp::socket& socket) { set_option(socket, IPPROTO_TCP, TCP_CORK, 1); }

StreamEnd end_of_foreign(std::string_view answer) {
  constexpr std::size_t kEnough = 60;
  if (answer.starts_with("HTTP/")) {
    return {Stream::End::foreign, "the peer speaks HTTP, not Graphite's plaintext protocol"};
  }
  return {
      Stream::End::foreign,
      fmt::format("the peer answers \"{}\", and is no receiver of Graphite's plaintext protocol",
                  naming::escape_unprintable(answer.substr(0, kEnough)))};
}

void HalfClose::end_sending(Tcp::socket& socket) {
  is_asked_ = true;
  // Before, as a peer on another CPU may have answered a moment later.
  const bool is_first = state_of(socket) == TCP_ESTABLISHED;
  error_code failure;
  socket.shutdown(Tcp::socket::shutdown_send, failure);
  was_first_ = is_first && !failure;
}

StreamEnd HalfClose::end_of_file(Tcp::socket& socket) const {
  if (is_asked_ && !(was_first_ && has_received_all(socket))) {
    return {Stream::End::broken, "the peer closed the connection before it had read everything"};
  }
  // A write that met a reset has taken its error, and the read beside it sees a mere end of file
  // (tcp_recvmsg_locked()). A FIN alone leaves the socket in CLOSE_WAIT.
  if (!is_asked_ && state_of(socket) == TCP_CLOSE) {
    return {Stream::End::broken, "the peer reset the connection"};
  }
  return {Stream::End::by_peer, "the peer closed the connection"};
}

}  // namespace proctally::plugins::graphite
