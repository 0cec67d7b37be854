#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace proctally::procfs {

/// /proc/meminfo, what the memory family needs. Source: fs/proc/meminfo.c.
struct HostMeminfo {
  std::uint64_t total_kilobytes = 0;      ///< MemTotal
  std::uint64_t swap_used_kilobytes = 0;  ///< SwapTotal - SwapFree; 0: no process has any swapped.

  friend bool operator==(const HostMeminfo&, const HostMeminfo&) = default;
};

/// Nothing where one of the three lines is missing or is no number.
[[nodiscard]] std::optional<HostMeminfo> parse_host_meminfo(std::string_view text);

}  // namespace proctally::procfs
