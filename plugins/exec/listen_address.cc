#include "plugins/exec/listen_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>
#include <string_view>

#include "plugins/common/command_line.h"

namespace proctally::plugins {
namespace {

namespace ip = boost::asio::ip;

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stop != end) return std::nullopt;
  return port;
}

/// `text` without its port; nothing where it is no host.
std::optional<std::string> host_of(std::string_view text) {
  if (text.empty()) return "::";
  if (text == "localhost") return "127.0.0.1";
  const bool in_brackets = text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (in_brackets) text = text.substr(1, text.size() - 2);
  boost::system::error_code error;
  const auto address = ip::make_address(std::string(text), error);
  if (error || address.is_v6() != in_brackets) return std::nullopt;
  return address.to_string();
}

}  // namespace

bool ListenAddress::is_loopback() const { return ip::make_address(host).is_loopback(); }

ListenAddress parse_listen_address(const char* option, const std::string& text) {
  const auto colon = text.rfind(':');
  const bool has_host = colon != std::string::npos;
  const std::string_view whole = text;
  const auto port = port_of(has_host ? whole.substr(colon + 1) : whole);
  const auto host = has_host ? host_of(whole.substr(0, colon)) : "127.0.0.1";
  if (!port || !host) {
    throw UsageError(
        fmt::format("--{}: is \"{}\", must be a numeric address and a port, such as "
                    "127.0.0.1:9256, [::1]:9256, :9256 (every address) or 9256 (127.0.0.1)",
                    option, text));
  }
  return {*host, *port};
}

}  // namespace proctally::plugins
