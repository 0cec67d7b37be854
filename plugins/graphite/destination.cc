#include "plugins/graphite/destination.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/case_conv.hpp>
#include <charconv>
#include <locale>
#include <stdexcept>
#include <string>

#include "core/naming/group_label.h"

namespace proctally::plugins::graphite {
namespace {

constexpr std::array<std::string_view, 3> kSchemes = {"tcp", "udp", "tls"};
constexpr std::string_view kDefaultPort = "2003";

[[noreturn]] void refuse(std::string_view url, std::string_view what) {
  throw std::invalid_argument(
      fmt::format("\"{}\": {}; must be such as tcp://carbon.example:2003, udp://10.0.0.5:2003 or "
                  "tls://[2001:db8::5]:2003",
                  naming::escape_unprintable(url), what));
}

std::string checked_port(std::string_view url, std::string_view port) {
  constexpr unsigned kMostPort = 65535;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number == 0 ||
      number > kMostPort) {
    refuse(url, fmt::format("the port is \"{}\", must be a number from 1 to 65535",
                            naming::escape_unprintable(port)));
  }
  return std::to_string(number);
}

// So that the same host is known as such. Names of interfaces, behind a %, have capitals.
std::string lower_case(std::string_view host) {
  const auto zone = std::min(host.find('%'), host.size());
  return boost::algorithm::to_lower_copy(std::string(host.substr(0, zone)),
                                         std::locale::classic()) +
         std::string(host.substr(zone));
}

void check_host(std::string_view url, std::string_view host, bool in_brackets) {
  constexpr std::string_view kOfNames =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  constexpr std::string_view kOfAddresses = "0123456789abcdefABCDEF:.%";
  if (host.empty()) refuse(url, "has no host");
  if (in_brackets) {
    // Behind a % is the name of an interface.
    const auto address = host.substr(0, host.find('%'));
    if (address.find_first_not_of(kOfAddresses) != std::string_view::npos ||
        std::ranges::count(address, ':') < 2) {
      refuse(url, "what stands in brackets is no address of IPv6");
    }
  } else if (host.find(',') != std::string_view::npos) {
    refuse(url, "is more than one; give --to once for each");
  } else if (host.find('@') != std::string_view::npos) {
    refuse(url, "has a user, and carbon knows none");
  } else if (host.find_first_not_of(kOfAddresses) == std::string_view::npos &&
             host.find(':') != std::string_view::npos) {
    refuse(url, "an address of IPv6 must stand in brackets");
  } else if (host.find_first_not_of(kOfNames) != std::string_view::npos) {
    refuse(url, "the host is neither a name nor an address");
  }
}

}  // namespace

std::string Destination::url() const {
  return fmt::format("{}://{}", kSchemes.at(static_cast<std::size_t>(protocol)), label());
}

std::uint16_t Destination::port_number() const {
  return static_cast<std::uint16_t>(std::stoul(port));
}

std::string Destination::label() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

Destination parse_destination(std::string_view url) {
  constexpr std::string_view kSeparator = "://";
  const auto separator = url.find(kSeparator);
  if (separator == std::string_view::npos) refuse(url, "has no protocol in front");
  const auto* scheme = std::ranges::find(kSchemes, url.substr(0, separator));
  if (scheme == kSchemes.end()) refuse(url, "the protocol is none of tcp, udp and tls");

  Destination destination;
  destination.protocol = static_cast<Protocol>(scheme - kSchemes.begin());
  auto rest = url.substr(separator + kSeparator.size());
  const bool in_brackets = rest.starts_with('[');
  std::string_view host;
  if (in_brackets) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) refuse(url, "the bracket is not closed");
    host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    if (!rest.empty() && rest.front() != ':') refuse(url, "only a port may follow the bracket");
  } else {
    const auto colon = rest.rfind(':');
    // Of an address without brackets all belongs to the host, so that the message is of those.
    const bool has_port = colon != std::string_view::npos && rest.find(':') == colon;
    host = has_port ? rest.substr(0, colon) : rest;
    rest = has_port ? rest.substr(colon) : std::string_view();
  }
  check_host(url, host, in_brackets);
  destination.host = lower_case(host);
  destination.port = checked_port(url, rest.empty() ? kDefaultPort : rest.substr(1));
  return destination;
}

}  // namespace proctally::plugins::graphite
