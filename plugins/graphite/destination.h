#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace proctally::plugins::graphite {

enum class Protocol : std::uint8_t { tcp, udp, tls };

/// Where lines go to.
struct Destination {
  Protocol protocol = Protocol::tcp;
  std::string host;  ///< A name, or an address, in lower case; of IPv6 without its brackets.
  std::string port;  ///< A number, without zeros in front.

  /// "tcp://carbon.example:2003": what people call it, and parse_destination() takes.
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port_number() const;
  /// "carbon.example:2003": what its own metrics and its spool are called.
  [[nodiscard]] std::string label() const;
};

/// Of "tcp://HOST:PORT", udp:// or tls://; an address of IPv6 stands in brackets. Without a port it
/// is carbon's, 2003. Throws std::invalid_argument that says what is wrong and what is allowed.
[[nodiscard]] Destination parse_destination(std::string_view url);

}  // namespace proctally::plugins::graphite
