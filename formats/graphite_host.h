#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The part of a series' name in Graphite that says which host it is from.
namespace proctally::formats {

enum class HostMode : std::uint8_t {
  automatic,  ///< `web01`: of a full name what stands before its first dot.
  fqdn,       ///< `web01_example_com`: the full name in one node.
  reversed,   ///< `com.example.web01`: the full name as a tree.
  literal,    ///< As it is; dots separate nodes.
};

/// What an option says: `auto`, `fqdn`, `reversed`, or else a literal name.
[[nodiscard]] HostMode host_mode_of(std::string_view option);

/// The nodes of a host. `name` is what the caller asked the system for, its host name or its full
/// name, or the literal itself. A byte that no node may have becomes `_`; without a fingerprint, as
/// there is one host. Throws GraphiteNameError for a literal with such a byte, and in each mode for
/// a name that is empty, has an empty part, or is that of every host: localhost.
[[nodiscard]] std::string host_node(HostMode mode, std::string_view name);

}  // namespace proctally::formats
