#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "plugins/graphite/stream.h"

/// What the streams over TCP, plain and TLS, have to know of the socket below them.
namespace proctally::plugins::graphite {

using Tcp = boost::asio::ip::tcp;

/// Gives a connection what finds a peer that is gone: keepalive while nothing is on its way,
/// TCP_USER_TIMEOUT where nothing is acknowledged; and a small buffer, because what is in it may be
/// sent twice.
void set_connection_options(Tcp::socket& socket);

/// Of the bytes written to it: so many the peer's kernel has not acknowledged (SIOCOUTQ, tcp(7));
/// SIZE_MAX where that cannot be told.
[[nodiscard]] std::size_t unacknowledged_bytes(Tcp::socket& socket);

/// Hands the kernel some more bytes, though its buffer may be full.
void push_out(Tcp::socket& socket, std::string_view bytes);

/// From now on only full segments leave, until the end of our side (TCP_CORK, tcp(7)).
void cork(Tcp::socket& socket);

struct StreamEnd {
  Stream::End end = Stream::End::broken;
  std::string why;
};

/// What the peer says shows that it is no receiver of Graphite's lines: those say nothing. `answer`
/// is any bytes, some at least.
[[nodiscard]] StreamEnd end_of_foreign(std::string_view answer);

/// Our end of a connection, and what the peer's end means after it.
class HalfClose {
 public:
  /// We send no more (FIN).
  void end_sending(Tcp::socket& socket);
  /// From here on the peer's end is to be the receipt.
  void ask_for_receipt() { is_asked_ = true; }
  /// What it means that the peer sends no more. It is no receipt where it sent its FIN before it
  /// had ours: what was written last may have met a closed socket.
  [[nodiscard]] StreamEnd end_of_file(Tcp::socket& socket) const;

 private:
  bool is_asked_ = false;
  bool was_first_ = false;
};

}  // namespace proctally::plugins::graphite
