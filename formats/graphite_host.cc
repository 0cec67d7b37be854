#include "formats/graphite_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "formats/graphite_node.h"

namespace proctally::formats {
namespace {

constexpr std::string_view kHost = "the name of this host";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_localhost(std::string_view part) {
  return std::equal(part.begin(), part.end(), std::begin("localhost"), std::end("localhost") - 1,
                    [](char a, char b) { return lower(a) == b; });
}

std::string cleaned(std::string_view part) {
  std::string node(part);
  for (char& c : node) {
    if (!is_graphite_node_byte(c)) c = '_';
  }
  return node;
}

std::vector<std::string> parts_of(std::string_view name) {
  std::vector<std::string> parts;
  for (auto rest = name;;) {
    const auto dot = rest.find('.');
    parts.push_back(cleaned(rest.substr(0, dot)));
    if (parts.back().empty()) {
      throw GraphiteNameError(fmt::format("{} has an empty part, as in \"a..b\"", kHost));
    }
    if (dot == std::string_view::npos) return parts;
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace

HostMode host_mode_of(std::string_view option) {
  if (option == "auto") return HostMode::automatic;
  if (option == "fqdn") return HostMode::fqdn;
  if (option == "reversed") return HostMode::reversed;
  return HostMode::literal;
}

std::string host_node(HostMode mode, std::string_view name) {
  // As DNS writes a name that is complete.
  if (mode != HostMode::literal && name.ends_with('.')) name.remove_suffix(1);
  if (name.empty()) throw GraphiteNameError(fmt::format("{} is empty", kHost));
  if (is_localhost(name.substr(0, name.find('.')))) {
    throw GraphiteNameError(fmt::format(
        "{} is \"localhost\", as any may be called; its series need a name of its own", kHost));
  }
  if (mode == HostMode::literal) {
    check_graphite_nodes(kHost, name);
    return std::string(name);
  }
  auto parts = parts_of(name);
  if (mode == HostMode::automatic) return parts.front();
  if (mode == HostMode::reversed) std::reverse(parts.begin(), parts.end());
  return fmt::format("{}", fmt::join(parts, mode == HostMode::reversed ? "." : "_"));
}

}  // namespace proctally::formats
